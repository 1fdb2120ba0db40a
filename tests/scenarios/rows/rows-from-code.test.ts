// Rows from code, read from a real server that pages, throttles and breaks. The guide's project
// works as written, and no row is lost or repeated.
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import {
  type LakeResult,
  ROOT,
  type RunningLake,
  startLake,
  temporaryDirectory,
  writeFiles,
} from '../../support/programs/lake-process.ts'
import { causes, document, eventsOf, finished, outcomes } from '../../support/programs/run-events.ts'
import { type Order, type Shop, startShop } from '../../support/programs/shop-server.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const GUIDE = readFileSync(join(ROOT, 'docs/guides/sources/rows-from-code.md'), 'utf8')
const server = await sharedS3Server()
afterAll(async () => server?.stop())

const FILES = ['config/lake.config.ts', 'assets/orders.ts', 'assets/daily.ts', 'assets/products.ts']

/** The block of the guide that begins with the name of this file. */
function block(file: string): string {
  const [, text] = new RegExp(`\`\`\`ts\\n// ${file}\\n([\\s\\S]*?)\`\`\``).exec(GUIDE) ?? []
  if (text === undefined) throw new Error(`the guide has no block for ${file}`)
  return text
}

const order = (id: number, customer = 'ann'): Order => ({
  ...{ id, customer, amount: `${id}.50` },
  updated: `2018-11-${String(1 + (id % 28)).padStart(2, '0')}T10:00:00Z`,
})

interface Project {
  readonly shop: Shop
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  /**
   * Runs the built program to its end in another process, so that the server can answer meanwhile.
   */
  run(...args: string[]): Promise<LakeResult>
  orders(): Promise<readonly string[]>
}

/** `changed` replaces texts of the guide's assets/orders.ts. */
async function openProject(...changed: readonly (readonly [string, string])[]): Promise<Project> {
  const [directory, shop] = [temporaryDirectory(), await startShop()]
  onTestFinished(() => shop.close())
  let orders = block('assets/orders.ts')
  for (const [from, to] of changed) {
    expect(orders).toContain(from)
    orders = orders.replace(from, () => to)
  }
  writeFiles(
    directory,
    Object.fromEntries(FILES.map((file) => [file, file === 'assets/orders.ts' ? orders : block(file)])),
  )
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  const database = join(directory, 'shop.duckdb')
  const env = { SHOP_URL: shop.url, SHOP_TOKEN: shop.token, SHOP_DATABASE: database, ...server?.env }
  await write(database, "CREATE TABLE products AS SELECT 1 AS id, 'Mug' AS title, TIMESTAMP '2018-11-01' AS updated")
  const run = (...args: string[]) => startLake(args, { cwd: directory, env }).ended
  const currentOrders = async () => {
    const { stdout } = await run('query', '--json', 'SELECT id, customer FROM orders ORDER BY id, customer')
    const rows: readonly Readonly<Record<string, string>>[] | object = JSON.parse(stdout)
    // The answer is an error if the table does not exist.
    if (!Array.isArray(rows)) return []
    return rows.map(({ id, customer }) => `${id} ${customer}`)
  }
  return { shop, directory, env, run, orders: currentOrders }
}

async function write(file: string, sql: string): Promise<void> {
  const database = await DuckDBInstance.create(file)
  const connection = await database.connect()
  await connection.run(sql)
  connection.closeSync()
  database.closeSync()
}

const endedEarly = async ({ ended }: RunningLake): Promise<never> => {
  throw new Error(`lake ended too early: ${JSON.stringify(await ended)}`)
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)
const ids = (rows: readonly string[]) => rows.map((row) => Number(row.split(' ')[0]))

it('the project and the commands of the guide work as written', async () => {
  const { shop, run, orders, env } = await openProject()
  shop.changes.push(...numbers(1, 26).map((id) => ({ order: order(id) })))
  shop.fault(10, 'throttle', 'throttle')
  const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(GUIDE) ?? []
  for (const line of commands.trim().split('\n')) {
    const { status, stderr, stdout } = await run(
      ...line
        .replace(/ +#.*$/, '')
        .split(' ')
        .slice(2),
    )
    expect({ line, status, stderr }).toMatchObject({ line, status: 0 })
    expect(stdout + stderr).not.toContain(shop.token)
    if (line.includes('show'))
      expect(stdout).toMatch(/upserted by id, read every 15m[\s\S]*cursor "25"[\s\S]*id {8}bigint/)
  }
  expect(ids(await orders())).toEqual(numbers(1, 26))
  expect(shop.answered).toEqual(['0', '10', '20', '25'])

  const fresh = document(await run('status', '--json'))
  expect(fresh.assets).toMatchObject([
    { key: 'orders', state: 'fresh', rowsFromCode: { mode: 'upsert', complete: true, cursor: '25' } },
    { key: 'daily', state: 'fresh' },
    { key: 'products', state: 'missing' },
  ])
  expect(shop.answered.length).toBe(4)

  expect(outcomes(await run('materialize', '--json', 'products'))).toEqual({ products: 'materialized' })
  expect(outcomes(await run('materialize', '--json', 'products'))).toEqual({ products: 'fresh' })
  await write(env.SHOP_DATABASE ?? '', "INSERT INTO products VALUES (2, NULL, TIMESTAMP '2018-12-01')")
  const changed = await run('materialize', '--json', 'products')
  expect(causes(changed)).toEqual({ products: ['rows-due'] })
  expect(finished(changed).assets).toMatchObject([{ rowsWritten: 2 }])
})

/** A source that is read each time a command names it, as if 15 minutes had passed. */
const ON_DEMAND = ["  every: '15m',\n", ''] as const

it('a cut connection publishes nothing, and the next run continues normally', async () => {
  const { shop, run, orders } = await openProject(ON_DEMAND)
  shop.changes.push(...numbers(1, 16).map((id) => ({ order: order(id) })))
  await run('materialize', 'daily', 'orders')
  shop.changes.push({ deleted: 3 }, { order: order(4, 'bob') }, ...numbers(16, 40).map((id) => ({ order: order(id) })))
  shop.fault(35, 'cut')
  const broken = await run('materialize', '--json', 'orders+')
  expect(broken.status).toBe(1)
  const message = /rows function of orders failed: .*terminated.*(closed|socket|aborted)/
  expect(finished(broken)).toMatchObject({
    error: { code: 'rows-failed', asset: 'orders', message: expect.stringMatching(message) },
  })
  expect(outcomes(broken)).toEqual({ orders: 'failed', daily: 'skipped' })
  expect(ids(await orders())).toEqual(numbers(1, 16))

  const healed = await run('materialize', '--json', 'orders+')
  expect(outcomes(healed)).toEqual({ orders: 'materialized', daily: 'materialized' })
  expect(await orders()).toEqual(
    numbers(1, 40)
      .filter((id) => id !== 3)
      .map((id) => (id === 4 ? '4 bob' : `${id} ann`)),
  )
  const daily = document(
    await run('query', '--json', 'SELECT sum(orders) AS orders, max(largest) AS largest FROM daily'),
  )
  expect(daily).toEqual([{ orders: '38', largest: '39.50' }])
})

it('a run that is killed during a read loses and repeats no row, with and without checkpoints', async () => {
  for (const checkpoint of ['', '  checkpointRows: 10,\n']) {
    const { shop, run, orders, directory, env } = await openProject(
      ["  mode: 'upsert',\n  every: '15m',\n", `  mode: 'append',\n${checkpoint}`],
      ['deleted: page.deleted, ', ''],
      ["primaryKey: ['id'],\n", ''],
    )
    shop.changes.push(...numbers(1, 26).map((id) => ({ order: order(id) })))
    shop.fault(20, 'hang')
    const killed = startLake(['materialize', 'orders'], { cwd: directory, env })
    await Promise.race([shop.hung(), endedEarly(killed)])
    killed.process.kill('SIGKILL')
    await killed.ended
    expect(ids(await orders())).toEqual(checkpoint === '' ? [] : numbers(1, 21))
    const [, asked] = [await run('materialize', 'orders'), shop.answered.length]
    expect(ids(await orders())).toEqual(numbers(1, 26))
    expect(asked).toBe(checkpoint === '' ? 6 : 4)
  }
})

it('Ctrl-C and the timeout end a read that waits for its service', async () => {
  const { shop, run, directory, env } = await openProject(ON_DEMAND, [
    "mode: 'upsert',\n",
    "mode: 'upsert',\n  timeout: '1s',\n",
  ])
  shop.changes.push({ order: order(1) })
  shop.fault(0, 'hang', 'hang')
  const late = await run('materialize', '--json', 'orders')
  expect(finished(late)).toMatchObject({ status: 'failed', error: { code: 'timed-out' } })
  writeFileSync(join(directory, 'assets/orders.ts'), block('assets/orders.ts'))
  const waiting = startLake(['materialize', '--json', 'orders'], { cwd: directory, env })
  await Promise.race([shop.hung(), endedEarly(waiting)])
  await waiting.printed(/step-started/)
  waiting.process.kill('SIGINT')
  expect((await waiting.ended).status).toBe(130)
})

it('an error in a version function makes only its own asset fail, and status never calls rows()', async () => {
  const { shop, run, directory } = await openProject([
    "  every: '15m',\n",
    "  version: () => { throw new Error('no route') },\n",
  ])
  const status = await run('status', '--json')
  expect(status.status).toBe(0)
  expect(document(status).assets[0]).toMatchObject({
    state: 'missing',
    causes: [{ message: expect.stringContaining('version function of orders failed: no route') }, { kind: 'missing' }],
  })
  const ran = await run('materialize', '--json')
  expect(ran.status).toBe(1)
  expect(outcomes(ran)).toEqual({ orders: 'failed', daily: 'skipped', products: 'materialized' })
  expect(shop.answered).toEqual([])

  const path = join(directory, 'assets/orders.ts')
  const slow = "  version: () => new Promise(() => undefined),\n  versionTimeout: '1s',\n"
  writeFileSync(path, block('assets/orders.ts').replace("  every: '15m',\n", slow))
  const late = document(await run('status', '--json'))
  expect(late.assets[0].causes[0].message).toContain('took longer than 1s')
})

it('lake keeps refused rows with their text, and publishes nothing if a read has too many', async () => {
  const { shop, run, orders } = await openProject(ON_DEMAND, [
    "mode: 'upsert',\n",
    "mode: 'upsert',\n  maxRejected: 0.5,\n",
  ])
  const wrong = { ...order(2), amount: 'much' } as Order
  const missing = { id: 3, customer: 'ann', amount: '1.00' } as unknown as Order
  shop.changes.push({ order: order(1) }, { order: wrong }, { order: missing }, { order: order(4) }, { order: order(5) })
  expect((await run('materialize', 'orders')).status).toBe(0)
  expect(ids(await orders())).toEqual([1, 4, 5])
  const { rejects, total } = document(await run('rejects', '--json', 'orders'))
  expect(total).toBe(2)
  expect(rejects).toMatchObject([
    { line: 2, reason: expect.stringContaining('amount'), text: JSON.stringify(wrong) },
    { line: 3, reason: 'updated is missing', text: JSON.stringify(missing) },
  ])
  shop.changes.push(...numbers(10, 20).map((id) => ({ order: { ...order(id), amount: 'much' } })))
  const broken = await run('materialize', '--json', 'orders')
  expect(finished(broken)).toMatchObject({ error: { code: 'source-broken' } })
  expect(document(await run('status', '--json')).assets[0].rowsFromCode.cursor).toBe('5')
})

it.skipIf(!server)('a table on S3 is upserted like a table on this machine', async () => {
  const { shop, run } = await openProject(ON_DEMAND)
  const at = ['--lake', `s3://${await server?.bucket()}/lake`]
  shop.changes.push(...numbers(1, 6).map((id) => ({ order: order(id) })))
  expect(await run('materialize', 'orders', 'daily', ...at)).toMatchObject({ status: 0 })
  shop.changes.push({ deleted: 3 }, { order: order(4, 'bob') })
  const changed = await run('materialize', '--json', 'orders+', ...at)
  expect(outcomes(changed)).toEqual({ orders: 'materialized', daily: 'materialized' })
  const { stdout } = await run(
    'query',
    '--json',
    "SELECT string_agg(id || customer, ',' ORDER BY id) AS all FROM orders",
    ...at,
  )
  expect(JSON.parse(stdout)).toEqual([{ all: '1ann,2ann,4bob,5ann' }])
})

it('a run without the secret of a source says which variable is missing', async () => {
  const { directory, env } = await openProject()
  const { SHOP_TOKEN: _, ...without } = env
  const { status, stdout } = await startLake(['materialize', 'orders'], { cwd: directory, env: without }).ended
  expect(status).toBe(1)
  expect(stdout).toContain('orders needs the environment variable SHOP_TOKEN, which is not set')
})

it('the run log says what a read was given, and its cursor', async () => {
  const { shop, run } = await openProject()
  shop.changes.push({ order: order(1) })
  const ran = await run('materialize', '--json', 'orders')
  expect(eventsOf(ran)).toContainEqual(
    expect.objectContaining({ type: 'step-finished', read: { given: 1, cursor: '1' } }),
  )
  expect((await run('run', finished(ran).runId)).stdout).toContain('cursor "1"')
})
