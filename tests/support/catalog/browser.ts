/**
 * A headless Chromium for the tests of the catalogue's page. It comes in an npm package, with the
 * system libraries that it needs.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { CACHE, madeOnce } from '../lakes/made-once.ts'

const resolver = createRequire(import.meta.url)

/** The package has a browser for this kind of machine only. */
export const HAS_BROWSER = process.platform === 'linux' && process.arch === 'x64'

/** This variable makes the package unpack the system libraries too. */
const WITH_LIBRARIES = { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' }

/** Unpacks the browser once, which takes seconds. Returns the directory. */
function unpacked(): string {
  const [manifest = ''] =
    resolver.resolve
      .paths('@sparticuz/chromium')
      ?.map((place) => join(place, '@sparticuz/chromium/package.json'))
      .filter(existsSync) ?? []
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
  const place = join(CACHE, `chromium-${version}`)
  madeOnce(place, (making) => {
    mkdirSync(making)
    const script = "import chromium from '@sparticuz/chromium'; await chromium.executablePath()"
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: dirname(manifest),
      env: { ...process.env, ...WITH_LIBRARIES, TMPDIR: making },
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`the browser could not be unpacked: ${stderr}`)
    writeFileSync(join(making, 'fonts/fonts.conf'), fontsIn(join(place, 'fonts')))
  })
  return place
}

/**
 * Replaces the package's configuration, which names font directories of other machines. Without any
 * font, a page with text crashes.
 */
const fontsIn = (directory: string): string =>
  `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${directory}</dir><cachedir>${directory}/cache</cachedir></fontconfig>
`

const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--lang=en-US'],
]

export function openBrowser(): Promise<Browser> {
  const place = unpacked()
  const env = { ...process.env, LD_LIBRARY_PATH: join(place, 'al2023/lib'), FONTCONFIG_PATH: join(place, 'fonts') }
  return chromium.launch({ executablePath: join(place, 'chromium'), args: FLAGS, env: env as Record<string, string> })
}

export interface PageOptions {
  readonly width?: number
  readonly colorScheme?: 'light' | 'dark'
  /** The part of the address after the path of the page, such as `#/orders`. */
  readonly hash?: string
}

/** A page of a catalogue, opened from its file in the browser. */
export interface OpenPage {
  readonly page: Page
  /**
   * Errors and warnings on the console of the page, uncaught errors, and files that the page could
   * not load.
   */
  readonly complaints: readonly string[]
}

export async function openCatalog(browser: Browser, directory: string, options: PageOptions = {}): Promise<OpenPage> {
  const { width = 1280, colorScheme = 'light', hash = '' } = options
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, locale: 'en-US' })
  const complaints: string[] = []
  page.on('console', (message) => void complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => void complaints.push(String(error)))
  page.on('requestfailed', (request) => void complaints.push(`not loaded: ${request.url()}`))
  await page.goto(`file://${directory}/index.html${hash}`)
  await page.waitForSelector('body[data-ready]')
  if (hash !== '') await page.waitForSelector('main article dl')
  return { page, complaints }
}

/** The text in its layout: in lines, and with a space between cells. */
// biome-ignore lint/performance/useDomNodeTextContent: textContent joins cells and lines
export const shownText = (place: Locator): Promise<string> => place.innerText()
