/**
 * The tests install the packed package in a new project: the program runs there, and the types are
 * correct.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { ROOT, sharedDirectory, writeFiles } from '../../support/programs/lake-process.ts'

const MAX_UNPACKED_BYTES = 2_000_000
/** The limit is long, because a registry can be slow. */
const INSTALL_MS = 900_000

const FILES = {
  'package.json': '{ "name": "shop", "private": true, "type": "module" }',
  'data/orders/1.json': '{"id":1,"customer":"ann","total":12.50}\n{"id":2,"customer":"bob","total":3.00}\n',
  'config/lake.config.ts': `
    import { defineConfig } from 'lake'
    import * as assets from '../assets/orders.js'
    export default defineConfig({ assets, profiles: { default: { lake: '.lake', input: 'data' } } })`,
  'assets/orders.ts': `
    import { bigint, decimal, defineAsset, defineSource, text } from 'lake'
    export const orders = defineSource({
      key: 'orders',
      description: 'Orders of the shop.',
      columns: { id: bigint(), customer: text(), total: decimal(10, 2) },
    })
    export const customers = defineAsset({
      key: 'customers',
      description: 'What each customer has spent.',
      columns: { customer: text(), spent: decimal(20, 2) },
      primaryKey: ['customer'],
      upstream: { orders },
      query: ({ db }) =>
        db.selectFrom('orders').groupBy('customer').select(({ fn }) => ['customer', fn.sum('total').as('spent')]),
    })`,
  'dashboard.ts': `
    import { openLake, type LakeTable } from 'lake'
    import { customers, orders } from './assets/orders.js'
    const lake = await openLake('.lake')
    const big: LakeTable<{ customer: string; spent: string }> = lake.table(customers).where('spent', '>', '5')
    const rows: { customer: string; spent: string }[] = await big.all()
    const pinned = await lake.snapshot([orders, customers])
    let total = 0n
    for await (const { id } of pinned.table(orders).select('id').where('_line', '>=', 1n).rows()) total += id
    const versions = pinned.versions.map(({ key, version }) => key + ' ' + version)
    export const shown = JSON.stringify({ rows, total: String(total), versions })`,
  'program.mjs': `
    import { defineAsset, defineSource, int, testAsset } from 'lake'
    const numbers = defineSource({ key: 'numbers', description: 'Numbers.', columns: { n: int() } })
    const total = defineAsset({
      key: 'total',
      description: 'Their sum.',
      columns: { n: int() },
      primaryKey: ['n'],
      upstream: { numbers },
      query: ({ db }) => db.selectFrom('numbers').select('n').where('n', '>', 1),
    })
    console.log(JSON.stringify(await testAsset(total, { numbers: [{ n: 1 }, { n: 2 }] })))`,
}

interface Packed {
  readonly filename: string
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

let project: string
let packed: Packed

function run(command: string, args: readonly string[], { cwd = project, env = {} } = {}) {
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 2 ** 26 } as const
  const { status, stdout, stderr } = spawnSync(command, args, options)
  return { status, stdout, stderr }
}

/** Packs a copy of the checkout, so that no other test runs a program while it is built. */
function pack(into: string): Packed {
  const copy = join(into, 'checkout')
  for (const part of [
    'package.json',
    'tsconfig.json',
    'README.md',
    'LICENSE',
    'SECURITY.md',
    'framework',
    'docs',
    'assets',
    'tests/assets',
  ]) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  // The scripts of `npm pack`, except the one that links the program into node_modules.
  for (const script of ['build', 'types'])
    expect(run('npm', ['run', script], { cwd: copy })).toMatchObject({ status: 0 })
  const { status, stdout } = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', into], {
    cwd: copy,
  })
  expect(status).toBe(0)
  return JSON.parse(stdout.slice(stdout.indexOf('[\n')))[0]
}

const directory = sharedDirectory()

beforeAll(() => {
  packed = pack(directory)
  project = join(directory, 'shop')
  writeFiles(project, FILES)
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', join(directory, packed.filename)]
  const env = { NODE_EXTRA_CA_CERTS: inject('certificates') }
  expect(run('npm', install, { env })).toMatchObject({ status: 0 })
}, INSTALL_MS)

describe('the packed package', () => {
  it('contains the program and its types, but no sources and no tests', () => {
    const paths = packed.files.map(({ path }) => path)
    const shipped = [
      'dist/main.js',
      'dist/index.mjs',
      'dist/types/index.d.ts',
      'dist/spark/main.py',
      'dist/spark/lake_job.zip',
    ]
    expect(paths).toEqual(expect.arrayContaining(shipped))
    const example = /^assets\/|^tests\/assets\/|^docs\/examples\//
    expect(paths.filter((path) => /(?<!\.d)\.tsx?$|^tests\/|^config\//.test(path) && !example.test(path))).toEqual([])
    expect(paths.filter((path) => path.includes('.lake'))).toEqual([])
    expect(packed.unpackedSize).toBeLessThan(MAX_UNPACKED_BYTES)
  })

  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])(
    'has types that a strict compiler accepts, and by which it finds mistakes (modules %s, resolution %s)',
    (module, moduleResolution) => {
      const strict = ['--strict', '--singleThreaded', '--noEmit', '--target', 'es2022', '--module', module]
      const tsc = (...files: string[]) =>
        run(join(ROOT, 'node_modules/.bin/tsc'), [...strict, '--moduleResolution', moduleResolution, ...files])
      expect(tsc('config/lake.config.ts', 'dashboard.ts')).toEqual({ status: 0, stdout: '', stderr: '' })
      const wrong = FILES['assets/orders.ts'].replace('spent: decimal(20, 2)', 'spent: text()')
      writeFileSync(join(project, 'assets/wrong.ts'), wrong)
      writeFileSync(join(project, 'wrong.ts'), FILES['dashboard.ts'].replace("'>', '5'", "'>', 5"))
      const { stdout } = tsc('assets/wrong.ts', 'wrong.ts')
      expect(stdout).toContain('spent is decimal, but columns declares it as text')
      expect(stdout).toContain("type 'number' is not assignable to parameter of type 'string'")
    },
  )

  it('gives the project the program `lake`', () => {
    const lake = (...args: string[]) => run(join(project, 'node_modules/.bin/lake'), args)
    expect(lake('materialize')).toMatchObject({ status: 0 })
    expect(lake('query', 'from customers order by customer', '--format', 'csv').stdout).toBe(
      'customer,spent\nann,12.50\nbob,3.00\n',
    )
    expect(lake('status', '--json').stdout).toContain('"fresh"')
    expect(lake('catalog', '--out', 'page')).toMatchObject({ status: 0 })
    expect(readdirSync(join(project, 'page/lib')).toSorted()).toEqual([
      ...['cytoscape.min.js', 'page.css', 'page.js'],
      ...['uPlot.iife.min.js', 'uPlot.min.css', 'uplot-LICENSE.txt'],
    ])
  })

  it('gives programs typed rows after a run', () => {
    expect(run(join(project, 'node_modules/.bin/lake'), ['materialize'])).toMatchObject({ status: 0 })
    const build = [
      '--singleThreaded',
      '--outDir',
      'built',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      'dashboard.ts',
    ]
    expect(run(join(ROOT, 'node_modules/.bin/tsc'), build)).toEqual({ status: 0, stdout: '', stderr: '' })
    const program = "import('./built/dashboard.js').then(({ shown }) => console.log(shown))"
    const { stdout, stderr } = run('node', ['-e', program])
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      ...{ rows: [{ customer: 'ann', spent: '12.50' }], total: '3', versions: ['orders 0', 'customers 0'] },
    })
  })

  it('starts a project from each example', () => {
    const lake = (...args: string[]) => run(join(project, 'node_modules/.bin/lake'), args)
    for (const example of ['orders', 'weblogs', 'sparkify']) {
      expect(lake('init', `begun/${example}`, '--example', example)).toMatchObject({ status: 0 })
      const config = join(project, 'begun', example, 'config/lake.config.ts')
      expect(lake('--config', config, 'plan', '--json').stdout).toContain('"mode"')
    }
  })

  it('tests an asset in a program of the user', () => {
    expect(run('node', ['program.mjs'])).toMatchObject({ status: 0, stdout: '[{"n":2}]\n' })
  })
})
