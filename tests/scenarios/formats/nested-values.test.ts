/** The declarations of the guide about arrays and structs work as written. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lake, ROOT, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'

const guide = readFileSync(join(ROOT, 'docs/guides/sources/nested-values.md'), 'utf8')
const declarations = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
const [, line = ''] = /A line of this source is `(.*)`\./.exec(guide) ?? []

const ASSETS = `import { array, byKey, decimal, defineAsset, defineSource, int, map, struct, text } from 'lake'

${declarations.join('\n')}`

const CONFIG = `import { defineConfig } from 'lake'
import * as assets from '../assets/orders.ts'

export default defineConfig({ assets, profiles: { default: { lake: 'lake', input: 'input' } } })
`

const order = (id: string, items: readonly object[]) =>
  JSON.stringify({ id, customer: null, items, tags: null, attributes: {} })
const item = (sku: string, quantity: number) => ({ sku, quantity, price: 1 })

it('the declarations of the guide run, follow a change, and refuse a line with the guide’s message', () => {
  const directory = temporaryDirectory()
  const at = (...args: string[]) => lake(args, { cwd: directory })
  const rows = (table: string) => JSON.parse(at('query', `from ${table} order by all`, '--format', 'json').stdout)
  writeFiles(directory, { 'assets/orders.ts': ASSETS, 'config/lake.config.ts': CONFIG, 'input/orders/a.json': line })
  expect(declarations).toHaveLength(3)
  expect(at('materialize').stderr).toBe('')
  expect(rows('orders')).toMatchObject([JSON.parse(line.replace('1.20', '"1.20"'))])
  expect(rows('skus')).toEqual([{ sku: 'p', orders: ['o-1'], parts: [{ order: 'o-1', quantity: 2 }] }])

  writeFiles(directory, {
    'input/orders/b.json': [order('o-2', [item('p', 9), item('q', 1)]), order('o-3', [])].join('\n'),
  })
  const plan = JSON.parse(at('plan', '--json').stdout)
  expect(plan.steps.map(({ mode }: { mode: string }) => mode)).toEqual(['ingest', 'keys', 'keys'])
  expect(at('materialize').status).toBe(0)
  expect(rows('order_lines')).toHaveLength(3)
  expect(rows('skus')[0]).toEqual({
    ...{ sku: 'p', orders: ['o-2', 'o-1'] },
    parts: [
      { order: 'o-1', quantity: 2 },
      { order: 'o-2', quantity: 9 },
    ],
  })
  expect(at('verify').status).toBe(0)
  expect(at('diff', 'skus', '0', '1').stdout).toContain('orders ["o-1"] -> ["o-2","o-1"]')
  expect(at('show', 'orders').stdout).toContain('struct(name text, city text null)')
  expect(at('query', 'select items from orders', '--format', 'csv').stdout).toContain(
    '"[{""sku"":""p"",""quantity"":2,',
  )

  writeFiles(directory, { 'input/orders/c.json': order('o-4', [item('p', 1), item('p', 1.5)]) })
  at('materialize')
  expect(at('rejects', 'orders').stdout).toContain('items: element 2: quantity: expected an integer, got 1.5')
})
