// The scheduler in a real terminal.
import { describe, expect, it } from 'vitest'
import { temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { openPseudoTerminal, TERMINALS } from '../../support/programs/terminal.ts'

const CONFIG = `
import { bigint, defineAsset, defineConfig, defineSource } from 'lake'
const lines = defineSource({ key: 'lines', columns: { id: bigint() } })
const some = defineAsset({
  key: 'some', columns: { id: bigint() }, upstream: { lines }, query: ({ db }) => db.selectFrom('lines').select('id'),
})
export default defineConfig({
  assets: [lines, some],
  profiles: { default: { lake: 'tables', input: 'input' } },
  schedules: [{ name: 'often', every: '10s' }, { name: 'yearly', cron: '0 0 1 1 *' }],
})`

function project(): string {
  const directory = temporaryDirectory()
  writeFiles(directory, { 'config/lake.config.ts': CONFIG, 'input/lines/a.json': '{"id":1}\n' })
  return directory
}

describe.skipIf(TERMINALS === undefined)('a scheduler in a terminal', () => {
  it('shows its schedules and its keys below its log, and the key q ends it with 0', async () => {
    const cwd = project()
    const terminal = openPseudoTerminal(['schedule', 'run'], { columns: 100, rows: 30, cwd, wraps: true })
    await terminal.shows(/^· yearly +not run yet +in \d+ d/)
    await terminal.shows(/^\S+Z often succeeded \(due .*\)$/)
    await terminal.shows(/^[✓▸] often/)
    terminal.press('?')
    await terminal.shows(/^Ctrl-C +does the same/)
    terminal.press('?')
    terminal.resize(40, 30)
    const narrow = await terminal.until(({ lines }) => lines.some((line) => /^· yearly .*in \d+ d$/.test(line)))
    expect(narrow.lines.filter((line) => line.includes('yearly'))).toHaveLength(1)
    expect(narrow.lines.filter((line) => line.startsWith('q stop'))).toHaveLength(1)
    terminal.press('q')
    expect(await terminal.ended).toBe(0)
    const { lines, scrollback, cursor, alternate } = terminal.screen()
    const left = [...scrollback, ...lines].join('\n')
    expect({ cursor, alternate }).toEqual({ cursor: true, alternate: false })
    expect(left).toMatch(/^\S+Z stopped$/m)
    expect(left).not.toMatch(/yearly|q stop/)
  })

  it('prints only its log in a terminal without cursor control', async () => {
    const terminal = openPseudoTerminal(['schedule', 'run'], {
      columns: 100,
      rows: 30,
      cwd: project(),
      env: { TERM: 'dumb' },
    })
    await terminal.shows(/^\S+Z often succeeded/)
    terminal.press('\u0003')
    expect(await terminal.ended).toBe(0)
    expect(terminal.screen().lines.join('\n')).not.toContain('yearly')
  })
})
