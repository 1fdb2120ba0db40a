/** Takes the documents that the scripts beside the page hand over. */
import type { AssetDocument, CatalogIndex } from '../catalog-document.ts'

interface Receiver {
  index(text: string): void
  asset(text: string): void
}

declare global {
  var lakeCatalog: Receiver
}

const waiting = new Map<string, (document: AssetDocument) => void>()
const loaded = new Map<string, Promise<AssetDocument>>()

/** Calls `begin` once the index has loaded. */
export function receive(begin: (index: CatalogIndex) => void): void {
  globalThis.lakeCatalog = {
    index: (text) => begin(JSON.parse(text)),
    asset: (text) => {
      const document: AssetDocument = JSON.parse(text)
      waiting.get(document.key)?.(document)
    },
  }
}

/** Loads the document of an asset by its script: a page from a file cannot fetch. */
export function loadAsset(key: string): Promise<AssetDocument> {
  const known = loaded.get(key)
  if (known) return known
  const loading = new Promise<AssetDocument>((resolve, reject) => {
    waiting.set(key, resolve)
    const script = document.createElement('script')
    script.src = `${document.body.dataset.data}/${encodeURIComponent(key)}.js`
    script.onerror = () => {
      loaded.delete(key)
      reject(new Error(`The file of ${key} is missing beside this page.`))
    }
    script.onload = () => script.remove()
    document.head.append(script)
  })
  loaded.set(key, loading)
  return loading
}
