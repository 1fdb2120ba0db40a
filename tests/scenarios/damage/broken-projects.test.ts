// Each command finds mistakes in a project when it loads the project, and names the file, the line
// and what to do.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'

const config = (more = '', assets = "import * as assets from '../assets/index.ts'") => `
import { defineConfig } from 'lake'
${assets}
export default defineConfig({ assets, profiles: { default: { lake: 'tables', input: 'input' } }, ${more} })`

const LINES = `
import { bigint, defineSource } from 'lake'
export const lines = defineSource({ key: 'lines', columns: { id: bigint() } })`

const copy = (key: string, imported: string, upstream = 'lines') => `
import { bigint, defineAsset } from 'lake'
${imported}
export const ${key} = defineAsset({
  key: '${key}', columns: { id: bigint() }, upstream: { rows: ${upstream} },
  query: ({ db }) => db.selectFrom('rows').select('id'),
})`

const GOOD = {
  'config/lake.config.ts': config(),
  'assets/index.ts': "export { lines } from './lines.ts'\nexport { one } from './one.ts'",
  'assets/lines.ts': LINES,
  'assets/one.ts': copy('one', "import { lines } from './lines.ts'"),
}

const COMMANDS = [
  ['status'],
  ['plan'],
  ['materialize'],
  ['schedule', 'list'],
  ['graph'],
  ['query', 'select 1'],
  ['history'],
]

describe('a project with a mistake', () => {
  const broken = (files: Readonly<Record<string, string>>, args: readonly string[] = ['status']) => {
    const directory = temporaryDirectory()
    writeFiles(directory, { ...GOOD, ...files })
    return { directory, ...lake(args, { cwd: directory }) }
  }

  it.each(COMMANDS)('in a schedule ends every command with 2: %s %s', (...args) => {
    const schedules =
      "schedules: [{ name: 'nightly', cron: '0 3 * *' }, { name: 'dims', cron: '0 4 * * *', selection: ['tag:no'] }]"
    const { status, stderr } = broken({ 'config/lake.config.ts': config(schedules) }, args)
    expect(status).toBe(2)
    expect(stderr).toMatch(/schedule nightly: cron "0 3 \* \*" cannot be read.*\n.*lake\.config\.ts\n +-> write minute/)
    expect(stderr).toContain('schedule dims: tag:no selects nothing')
  })

  it('in a schedule and another in an asset are reported at once, even by doctor', () => {
    const files = {
      'config/lake.config.ts': config("schedules: [{ name: 'nightly', cron: '61 * * * *' }]"),
      'assets/one.ts': copy('one', "import { liness } from './lines.ts'", 'liness'),
    }
    const { status, stdout } = broken(files, ['--json', 'status'])
    expect(status).toBe(2)
    const { error } = document({ stdout, stderr: '' })
    expect(error).toMatchObject({ code: 'definition' })
    expect(error.message).toContain('one: ')
    expect(error.message).toContain('schedule nightly: ')
    const doctor = broken(files, ['doctor'])
    expect(doctor.status).toBe(1)
    expect(doctor.stdout).toContain('schedule nightly')
  })

  it('in a name that a file does not import is reported with the file and the line', () => {
    const { directory, status, stderr } = broken({ 'assets/one.ts': copy('one', '') })
    expect(status).toBe(2)
    expect(stderr).toContain(`${join(directory, 'assets/one.ts')}:5: lines is not defined`)
    expect(stderr).toContain('-> import lines, or correct its name')
  })

  it.each([
    ["import { lines } from './linse.ts'", './linse.ts, which does not exist', 'correct the path of the import'],
    ["import { lines } from 'no-such-package'", 'no-such-package, which does not exist', 'npm install no-such-package'],
  ])('in the path of an import is reported with the importing file: %s', (imported, what, remedy) => {
    const { directory, status, stderr } = broken({ 'assets/one.ts': copy('one', imported) })
    expect(status).toBe(2)
    expect(stderr).toContain(`${join(directory, 'assets/one.ts')} imports ${what}`)
    expect(stderr).toContain(remedy)
  })

  it('in the syntax is reported with the file and the line', () => {
    const { directory, status, stderr } = broken({ 'assets/one.ts': 'export const one = {\n  a: ,\n}' })
    expect(status).toBe(2)
    expect(stderr).toContain(`${join(directory, 'assets/one.ts')}:2:`)
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it('in a call of a function that lake lacks is reported with the function', () => {
    const { stderr } = broken({ 'assets/lines.ts': LINES.replaceAll('defineSource', 'defineSorce') })
    expect(stderr).toMatch(/lines\.ts:3: defineSorce is imported from lake, which exports no function of that name/)
  })

  it('in files that import each other is reported with these files', () => {
    const { status, stderr } = broken({
      'assets/one.ts': copy('one', "import { two } from './two.ts'", 'two'),
      'assets/two.ts': copy('two', "import { one } from './one.ts'", 'one'),
      'assets/index.ts':
        "export { lines } from './lines.ts'\nexport { one } from './one.ts'\nexport { two } from './two.ts'",
    })
    expect(status).toBe(2)
    expect(stderr).toMatch(
      /these files import each other.*: assets\/one\.ts -> assets\/two\.ts -> assets\/one\.ts; move/,
    )
  })

  it('is not one whose files import only types from each other: such a project loads', () => {
    const typed = `${LINES}\nimport type { one } from './one.ts'\nexport type One = typeof one`
    expect(broken({ 'assets/lines.ts': typed }).status).toBe(0)
  })
})
