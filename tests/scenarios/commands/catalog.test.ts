// `lake catalog`: the page as a browser shows it from a file, and the files of the catalogue.
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HAS_BROWSER, openBrowser, openCatalog, type PageOptions, shownText } from '../../support/catalog/browser.ts'
import { IMAGE, makeShop, SCRIPT } from '../../support/catalog/shop.ts'
import { lake, ROOT, sharedDirectory, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'

const shop = sharedDirectory()
const catalog = join(shop, 'page')

beforeAll(() => {
  makeShop(shop)
  expect(lake(['catalog', '--out', 'page'], { cwd: shop })).toMatchObject({
    status: 0,
    stdout: `wrote the catalogue of 4 assets: open ${catalog}/index.html\n`,
  })
})

/** The complete text of the files beside the page. */
function written(directory: string): string {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => name.startsWith('data-') && name.endsWith('.js'))
  return files.map((name) => readFileSync(join(directory, name), 'utf8')).join('')
}

describe('the files of a catalogue', () => {
  it('replace the files of an earlier catalogue, and leave none of them', () => {
    const directory = temporaryDirectory()
    const write = () => lake(['catalog', '--out', directory, '--json'], { cwd: shop })
    expect(JSON.parse(write().stdout)).toEqual({ page: join(directory, 'index.html'), assets: 4 })
    const [first] = readdirSync(directory).filter((name) => name.startsWith('data-'))
    expect(write().status).toBe(0)
    const names = readdirSync(directory).toSorted()
    expect(names).toEqual([expect.stringMatching(/^data-/), 'index.html', 'lib'])
    expect(names).not.toContain(first)
    expect(readdirSync(join(directory, names[0] ?? '')).toSorted()).toEqual(['assets-0.js', 'index.js'])
  })

  it('are not written to a directory that has other files', () => {
    const directory = temporaryDirectory()
    writeFiles(directory, { 'index.html': '<p>mine', 'notes.txt': 'mine' })
    const { status, stderr } = lake(['catalog', '--out', directory], { cwd: shop })
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('has files that are not part of a catalogue'),
    })
    expect(readFileSync(join(directory, 'index.html'), 'utf8')).toBe('<p>mine')
    expect(lake(['catalog', '--out', '.lake'], { cwd: shop }).status).toBe(2)
    expect(existsSync(join(shop, '.lake/index.html'))).toBe(false)
  })

  it('hold no secret, and no path of this machine', () => {
    const directory = temporaryDirectory()
    const secret = 'Unexpected non-whitespace'
    const env = { AWS_SECRET_ACCESS_KEY: secret }
    expect(written(catalog)).toContain(secret)
    expect(lake(['catalog', '--out', directory], { cwd: shop, env }).status).toBe(0)
    expect(written(directory)).toContain('(redacted)')
    expect(written(directory)).not.toContain(secret)
    expect(written(directory)).not.toContain(shop)
  })

  it('hold no values of the data if --no-samples is set', () => {
    const directory = temporaryDirectory()
    expect(written(catalog)).toContain('27.00')
    expect(written(catalog).split('onerror=').length).toBe(3)
    expect(lake(['catalog', '--out', directory, '--no-samples'], { cwd: shop }).status).toBe(0)
    const text = written(directory)
    // The description of a column contains the image too.
    expect(text.split('onerror=').length).toBe(2)
    expect(text).not.toContain('27.00')
    expect(text).toContain('coupon')
  })

  it('describe a damaged table as damaged, and the others as usual', () => {
    const directory = temporaryDirectory()
    cpSync(shop, directory, { recursive: true, preserveTimestamps: true })
    writeFileSync(join(directory, '.lake/customers/_delta_log/00000000000000000002.json'), '{"add":')
    expect(lake(['catalog', '--out', 'damaged'], { cwd: directory })).toMatchObject({ status: 0 })
    const text = written(join(directory, 'damaged')).replaceAll('\\', '')
    expect(text).toMatch(/"key":"customers","kind":"table","state":"failed"/)
    expect(text).toMatch(/customers\/_delta_log\/00000000000000000002\.json/)
    expect(text).toMatch(/"columns":\["day"\],"total":3/)
  })

  it('cannot contain text that ends the script in which they are', () => {
    expect(written(catalog)).not.toContain('</script')
    expect(written(catalog)).toContain('\\u003c/script>')
  })
})

describe.skipIf(!HAS_BROWSER)('the page, on a machine for which npm has a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  const open = (options: PageOptions = {}) => openCatalog(browser, catalog, options)
  const textOf = (page: Page) => shownText(page.locator('main'))

  // In the dark, only the colours differ.
  it.each([
    ['light', undefined],
    ['dark', ['color-contrast']],
  ] as const)('shows assets without a complaint, and without a barrier, in %s', async (colorScheme, rules) => {
    for (const hash of ['', '#/orders', '#/customers']) {
      const { page, complaints } = await open({ colorScheme, hash })
      await page.evaluate(axe.source)
      const { violations } = await page.evaluate(
        (runOnly) =>
          (globalThis as never as { axe: typeof axe }).axe.run({ preload: false, ...(runOnly && { runOnly }) }),
        rules && [...rules],
      )
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)
      expect({ hash, found, complaints }).toEqual({ hash, found: [], complaints: [] })
      await page.close()
    }
  })

  it('shows what a table is, where its columns come from, its checks, and its versions', async () => {
    const { page } = await open({ hash: '#/customers' })
    const text = await textOf(page)
    for (const words of [
      'What each customer has spent.',
      'team-shop@example.com',
      'marts',
      'dimension',
      'incremental by customer',
    ]) {
      expect(text).toContain(words)
    }
    expect(text).toMatch(/spent\s+decimal\(20,2\)\s+orders\.total aggregation\s+best\.spent/)
    expect(text).toMatch(/Failed .*the check "nobody spends much" fails for 1 row/)
    const results = page.locator('tr', { hasText: 'nobody spends much' }).locator('.result')
    const words = await results.all().then((marks) => Promise.all(marks.map((mark) => mark.getAttribute('aria-label'))))
    expect(words.map((label) => label?.replace(/\d{4}-.*:\d\d/, 'AT'))).toEqual([
      'passed in version 0, AT',
      'passed in version 1, AT',
      'warned in version 2, AT: 1 row',
      'failed in run that published nothing, AT: 1 row',
    ])
    const plots = page.locator('figure')
    expect(await plots.count()).toBe(3)
    expect(await shownText(plots.first())).toMatch(/^rows 3 in version 2/)
    expect(await page.locator('figure canvas').count()).toBe(3)
    await page.getByText('DuckDB', { exact: true }).click()
    expect(await textOf(page)).toMatch(/\n {2}SELECT .*\n {2}FROM /)
    await page.close()
  })

  it('shows the partitions of a table, and the refused lines and unknown keys of a source', async () => {
    const days = await open({ hash: '#/days' })
    expect(await textOf(days.page)).toMatch(
      /3 partitions\s+Partitions\s+day\s+rows\s+files\s+size\s+2026-11-03\s+3\s+1/,
    )
    await days.page.close()
    const { page } = await open({ hash: '#/orders' })
    const text = await textOf(page)
    expect(text).toContain('1 line refused.')
    expect(text).toMatch(/2026-11-03\.json:5 not JSON: Unexpected/)
    expect(text).toMatch(/coupon\s+7\s+77\.8 %/)
    expect(text).toContain('Why: 1 file added: 2026-11-04.json')
    await page.close()
  })

  it('treats no text of the lake as HTML', async () => {
    const { page, complaints } = await open({ hash: '#/orders' })
    const text = await textOf(page)
    expect(text).toContain(`One line per order ${SCRIPT}`)
    expect(text).toContain(IMAGE)
    expect(text).toContain(`{"id":"3","customer":"x"} ${SCRIPT}`)
    expect(await page.title()).toBe(`orders, ${shop.split('/').at(-1)}: catalogue`)
    expect(await page.locator('img').count()).toBe(0)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('can be used with the keyboard alone: search, list, asset, column', async () => {
    const { page, complaints } = await open()
    await page.keyboard.press('/')
    await page.keyboard.type('spent')
    expect(await page.locator('nav li:visible').allInnerTexts()).toEqual(['customers\nfailed', 'best\nstale'])
    expect(await page.getByRole('status').textContent()).toBe('2 assets found')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForSelector('main h1:has-text("best"):focus')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForSelector('main h1:has-text("customers"):focus')
    await page.goto(`${page.url().split('#')[0]}#/orders/total`)
    await page.waitForSelector('#column-total:focus')
    expect(complaints).toEqual([])
    await page.close()
  })

  it('moves through the graph with the arrow keys, and collapses groups in it', async () => {
    const { page, complaints } = await open({ hash: '#/customers' })
    const said = () => page.getByRole('status').textContent()
    await page.focus('.graph')
    await page.keyboard.press('ArrowLeft')
    expect(await said()).toBe('orders · stale, reads 0, read by 2')
    await page.getByRole('button', { name: 'marts' }).click()
    expect(await page.getByRole('button', { name: 'marts' }).getAttribute('aria-pressed')).toBe('false')
    await page.focus('.graph')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    expect(await said()).toBe('marts (2) · failed, reads 1, read by 1')
    await page.keyboard.press('Enter')
    expect(await page.getByRole('button', { name: 'marts' }).getAttribute('aria-pressed')).toBe('true')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await page.waitForSelector('main h1:has-text("orders")')
    expect(complaints).toEqual([])
    await page.close()
  })

  it('fits a narrow screen, and opens everything for printing', async () => {
    const { page } = await open({ width: 400, hash: '#/customers' })
    const opened = () => page.locator('main details[open]').count()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400)
    expect(await opened()).toBe(1)
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(await opened()).toBe(await page.locator('main details').count())
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(await opened()).toBe(1)
    await page.close()
  })

  it('says that the file of an asset is missing', async () => {
    const { page } = await open()
    await page.evaluate("document.body.dataset.data = 'data-gone'")
    await page.getByRole('link', { name: 'best' }).first().click()
    expect(await page.getByRole('alert').textContent()).toBe('The file of best is missing beside this page.')
    await page.close()
  })

  it('has what the guide describes', async () => {
    const guide = readFileSync(join(ROOT, 'docs/guides/tables/catalog.md'), 'utf8')
    const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'))
    expect(blocks.length).toBeGreaterThan(1)
    for (const line of blocks) {
      const words = line.replace(/ +#.*$/, '').split(' ')
      expect({ line, ...lake(words.slice(2), { cwd: shop }) }).toMatchObject({ line, status: 0 })
    }
    const { complaints } = await openCatalog(browser, join(shop, 'site'))
    expect(complaints).toEqual([])
  })
})
