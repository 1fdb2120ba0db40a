/** Receives the documents from the scripts beside the page. */
import { ASSETS_A_FILE, type AssetDocument, type CatalogIndex } from '../catalog-document.ts'

declare global {
  var lakeCatalog: {
    index(text: string): void
    assets(text: string): void
  }
}

const received = new Map<string, AssetDocument>()

/** Calls `begin` once the index has loaded. */
export function receive(begin: (index: CatalogIndex) => void): void {
  globalThis.lakeCatalog = {
    index: (text) => begin(JSON.parse(text)),
    assets: (text) => {
      for (const asset of JSON.parse(text) as readonly AssetDocument[]) received.set(asset.key, asset)
    },
  }
}

/** Loads the document of an asset by a script, because a page from a file cannot fetch. */
export async function loadAsset(key: string, { assets }: CatalogIndex): Promise<AssetDocument> {
  const index = assets.findIndex((asset) => asset.key === key)
  if (!received.has(key)) await loadScript(`assets-${Math.floor(index / ASSETS_A_FILE)}.js`)
  const document = received.get(key)
  if (!document) throw new Error(`The file of ${key} is missing beside this page.`)
  return document
}

/** Resolves when the script has run, and also if it is missing. */
function loadScript(name: string): Promise<unknown> {
  return new Promise((resolve) => {
    const script = document.createElement('script')
    script.src = `${document.body.dataset.data}/${name}`
    script.onload = script.onerror = resolve
    document.head.append(script)
  })
}
