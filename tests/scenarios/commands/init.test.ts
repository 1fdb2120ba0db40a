/**
 * `lake init` writes a project that loads, compiles, materializes, and passes its own test, without
 * an edit.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lake, ROOT, sharedDirectory, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'

/**
 * The directory in which the last test compiles and tests projects, with the packages that these
 * install.
 */
const parent = sharedDirectory()
const projects: string[] = []

/** A new directory, in which the test makes a project of this name. */
function directoryFor(project: string): string {
  const name = `${projects.length}`
  projects.push(`${name}/${project}`)
  mkdirSync(join(parent, name))
  return join(parent, name)
}

const tool = (name: string, ...args: readonly string[]) => {
  const { status, stdout } = spawnSync(join(ROOT, 'node_modules/.bin', name), args, { cwd: parent, encoding: 'utf8' })
  return { status, stdout }
}

const rows = (cwd: string, sql: string) => JSON.parse(lake(['query', sql, '--json'], { cwd }).stdout)

it('lake init makes a project for the example `orders` unless the user names another one', () => {
  const directory = directoryFor('My shop')
  expect(lake(['init', 'My shop'], { cwd: directory })).toMatchObject({ status: 0, stdout: '' })
  const project = join(directory, 'My shop')
  expect(lake(['materialize'], { cwd: project })).toMatchObject({ status: 0 })
  expect(rows(project, 'from spending order by customer')).toEqual([
    { customer: 'ann', name: 'Ann Lee', orders: '2', spent: '16.75' },
    { customer: 'bob', name: 'Robert "Bob" Oh', orders: '2', spent: '4.75' },
    { customer: 'cy', name: 'Cy Day', orders: '1', spent: '20.00' },
  ])
  expect(rows(project, "select address from customers where id = 'bob'")).toEqual([
    { address: '2, rue de la Paix\n75002 Paris' },
  ])
  expect(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))).toMatchObject({
    name: 'my-shop',
    type: 'module',
  })
})

it.each([
  ['weblogs', 'select sum(requests)::int as requests, sum(failures)::int as failures from traffic', [6, 1]],
  [
    'sparkify',
    'select (select count(*)::int from songs) as songs, (select count(*)::int from time) as moments',
    [50, 1675],
  ],
])('lake init makes a project for the example %s', (example, sql, expected) => {
  const directory = directoryFor('mine')
  const { status, stderr } = lake(['init', 'mine', '--example', example], { cwd: directory })
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('data/\n\nNext:\n  cd mine\n') })
  const project = join(directory, 'mine')
  expect(lake(['materialize'], { cwd: project })).toMatchObject({ status: 0 })
  expect(rows(project, sql).flatMap((row: object) => Object.values(row))).toEqual(expected)
  expect(readFileSync(join(project, '.github/workflows/test.yml'), 'utf8')).toContain('npm test')
  expect(lake(['schedule', 'list'], { cwd: project }).stdout).toContain('hourly')
})

it('lake init uses the files of an example or the user’s own files, but not both', () => {
  const directory = temporaryDirectory()
  const result = lake(['init', 'mine', '--example', 'orders', '--from', 'a'], { cwd: directory })
  expect(result).toMatchObject({ status: 2, stdout: '' })
  expect(result.stderr).toContain("'--example <name>' cannot be used with option '--from <place...>'")
})

it.each(['orders', 'weblogs'])('the project docs/examples/%s runs in its own directory', (example) => {
  const at = (...args: string[]) => lake([...args, '--lake', temporary], { cwd: join(ROOT, 'docs/examples', example) })
  const temporary = temporaryDirectory()
  expect(at('materialize')).toMatchObject({ status: 0 })
  expect(at('status').stdout).toContain('4 assets: 4 fresh')
})

it('lake init makes a project for the user’s files: one source for each of two directories', () => {
  const directory = directoryFor('shop')
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
})

it('lake init makes a project for single files of a directory, but not in the directory itself', () => {
  const directory = temporaryDirectory()
  writeFiles(directory, { 'dump/orders.csv': 'id;total\n1;2,50\n', 'dump/customers (new).csv': 'id,name\n1,ann\n' })
  const files = ['dump/orders.csv', 'dump/customers (new).csv']
  expect(lake(['init', 'shop', '--from', ...files], { cwd: directory })).toMatchObject({ status: 0 })
  const project = join(directory, 'shop')
  expect(lake(['materialize'], { cwd: project })).toMatchObject({ status: 0 })
  expect(rows(project, 'select name, total from orders join customers_new using (id)')).toEqual([
    { name: 'ann', total: '2,50' },
  ])
  const around = lake(['init', '.', '--from', 'orders.csv'], { cwd: join(directory, 'dump') })
  expect(around).toMatchObject({ status: 2, stdout: '' })
  expect(around.stderr).toMatch(/are around the project .*Move them to a directory of their own, such as .*data, and/)
})

it('lake init adds to a package.json, and keeps what the file says', () => {
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

it('lake init overwrites nothing', () => {
  const project = temporaryDirectory()
  writeFiles(project, { 'README.md': 'mine' })
  const result = lake(['init'], { cwd: project })
  expect(result).toMatchObject({ status: 2, stdout: '' })
  expect(result.stderr).toContain('has README.md already, and lake init overwrites nothing')
  expect(spawnSync('ls', ['-A', project], { encoding: 'utf8' }).stdout).toBe('README.md\n')
})

it('lake init refuses two sources of the same name', () => {
  const directory = temporaryDirectory()
  writeFiles(directory, { 'a/orders/1.json': '{"id":1}', 'b/Orders/1.json': '{"id":1}' })
  const result = lake(['init', 'shop', '--from', 'a/orders', 'b/Orders'], { cwd: directory })
  expect(result).toMatchObject({ status: 2, stdout: '' })
  expect(result.stderr).toContain('two directories of --from would both be the source orders')
})

it('lake init makes projects that compile and pass their own tests', () => {
  mkdirSync(join(parent, 'node_modules'))
  symlinkSync(ROOT, join(parent, 'node_modules/lake'))
  for (const name of ['vitest', '@types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(parent, 'node_modules', name))

  // The compiler reads lake's sources once for all projects, because only the package has type
  // declarations.
  const configs = projects.map((project) => readFileSync(join(parent, project, 'tsconfig.json'), 'utf8'))
  const [config = ''] = new Set(configs)
  expect(configs).toEqual(projects.map(() => config))
  const { include, ...options } = JSON.parse(config)
  const parts = projects.flatMap((project) => include.map((part: string) => `${project}/${part}`))
  writeFiles(parent, { 'tsconfig.json': JSON.stringify({ ...options, include: parts }) })
  const compiled = tool('tsc', '--singleThreaded', '--customConditions', 'lake-source', '--listFiles')
  expect(compiled.status, compiled.stdout).toBe(0)
  for (const part of parts) expect(compiled.stdout).toContain(`/${part}/`)

  const { status, stdout } = tool('vitest', 'run', '--reporter', 'json')
  expect(status, stdout).toBe(0)
  const tested: readonly { readonly name: string }[] = JSON.parse(stdout).testResults
  for (const project of projects) expect(tested.map(({ name }) => name).join()).toContain(`/${project}/tests/`)
})
