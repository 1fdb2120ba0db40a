/**
 * A project that `lake init` writes loads, compiles, materializes, and passes its own test, without
 * an edit.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lake, ROOT, temporaryDirectory, writeFiles } from '../support/lake-process.ts'

/**
 * Installs this checkout and its tools. The compiler takes the sources, since only the package has
 * declarations.
 */
function install(project: string): void {
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(ROOT, join(project, 'node_modules/lake'))
  for (const name of ['vitest', '@types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name))
}

const tool = (project: string, name: string, ...args: readonly string[]) => {
  const { status, stdout } = spawnSync(join(ROOT, 'node_modules/.bin', name), args, { cwd: project, encoding: 'utf8' })
  return { status, output: status === 0 ? '' : stdout }
}

function expectSound(project: string): void {
  install(project)
  expect(tool(project, 'tsc', '--customConditions', 'lake-source')).toEqual({ status: 0, output: '' })
  expect(tool(project, 'vitest', 'run')).toEqual({ status: 0, output: '' })
}

const rows = (cwd: string, sql: string) => JSON.parse(lake(['query', sql, '--json'], { cwd }).stdout)

it('over an example', () => {
  const directory = temporaryDirectory()
  expect(lake(['init', 'My shop'], { cwd: directory })).toMatchObject({ status: 0, stdout: '' })
  const project = join(directory, 'My shop')
  expect(lake(['materialize'], { cwd: project })).toMatchObject({ status: 0 })
  expect(rows(project, 'from customers order by customer')).toEqual([
    { customer: 'ann', orders: '2', spent: '16.75' },
    { customer: 'bob', orders: '2', spent: '4.75' },
    { customer: 'cy', orders: '1', spent: '20.00' },
  ])
  expect(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))).toMatchObject({
    name: 'my-shop',
    type: 'module',
  })
  expectSound(project)
})

it('over files of its own, with what each of two directories has', () => {
  const directory = temporaryDirectory()
  const order = { id: 1, at: '2026-11-02T10:00:00Z', day: '2026-11-02', total: 2.5, paid: true, big: 2e10, note: null }
  writeFiles(directory, {
    'in/orders/a.json': `${JSON.stringify(order)}\n${JSON.stringify({ ...order, id: 2 })}\n`,
    'in/web logs/b.json': '{"path":"/"}\n',
  })
  expect(lake(['init', 'shop', '--from', 'in/orders', 'in/web logs'], { cwd: directory })).toMatchObject({ status: 0 })
  const project = join(directory, 'shop')
  expect(lake(['materialize'], { cwd: project })).toMatchObject({ status: 0 })
  expect(rows(project, 'from orders_files union all from web_logs_files')).toEqual([
    { file: 'a.json', rows: '2' },
    { file: 'b.json', rows: '1' },
  ])
  expectSound(project)
})

it('completes a package.json, and keeps what it says', () => {
  const project = temporaryDirectory()
  const written = {
    name: 'mine',
    scripts: { test: 'echo "Error: no test specified" && exit 1', start: 'node .' },
    dependencies: { lake: 'file:../lake.tgz', vitest: '3.0.0' },
  }
  writeFiles(project, { 'package.json': JSON.stringify(written) })
  expect(lake(['init'], { cwd: project })).toMatchObject({ status: 0 })
  const { devDependencies, ...rest } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  expect(rest).toEqual({ ...written, type: 'module', scripts: { test: 'tsc && vitest run', start: 'node .' } })
  expect(Object.keys(devDependencies)).toEqual(['@types/node', 'typescript'])
})

it('overwrites nothing', () => {
  const project = temporaryDirectory()
  writeFiles(project, { 'README.md': 'mine' })
  const result = lake(['init'], { cwd: project })
  expect(result).toMatchObject({ status: 2, stdout: '' })
  expect(result.stderr).toContain('has README.md already, and lake init overwrites nothing')
  expect(spawnSync('ls', ['-A', project], { encoding: 'utf8' }).stdout).toBe('README.md\n')
})

it('needs sources of different names', () => {
  const directory = temporaryDirectory()
  writeFiles(directory, { 'a/orders/1.json': '{"id":1}', 'b/Orders/1.json': '{"id":1}' })
  const result = lake(['init', 'shop', '--from', 'a/orders', 'b/Orders'], { cwd: directory })
  expect(result).toMatchObject({ status: 2, stdout: '' })
  expect(result.stderr).toContain('two directories of --from would both be the source orders')
})
