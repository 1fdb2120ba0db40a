// usage: jiti open-catalog.ts DIRECTORY    prints after how many milliseconds Chromium has drawn
// the page of a catalogue and takes input.
import { resolve } from 'node:path'
import { openBrowser, openCatalog } from '../../support/catalog/browser.ts'

const browser = await openBrowser()
try {
  const { page } = await openCatalog(browser, resolve(process.argv[2] ?? '.'))
  await page.waitForSelector('.graph canvas')
  process.stdout.write(String(await page.evaluate(() => performance.now())))
} finally {
  await browser.close()
}
