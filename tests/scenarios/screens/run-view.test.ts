// A run in a real terminal: while it works, for a person who follows it, and after its end.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { openPseudoTerminal, type Shown, TERMINALS } from '../../support/programs/terminal.ts'

/** `slow` joins every line with every line, which takes minutes. `wrong` fails its check. */
const CONFIG = `
import { bigint, defineAsset, defineConfig, defineSource, sqlCheck, text } from 'lake'
const lines = defineSource({ key: 'lines', columns: { id: bigint(), one: bigint() } })
const copy = defineAsset({
  key: 'copy', columns: { id: bigint() }, primaryKey: ['id'], upstream: { lines },
  query: ({ db }) => db.selectFrom('lines').select('id'),
})
const wrong = defineAsset({
  key: 'wrong', columns: { id: bigint() }, upstream: { lines }, checks: [sqlCheck('no id is above 10', 'id <= 10')],
  query: ({ db }) => db.selectFrom('lines').select('id'),
})
const after = defineAsset({
  key: 'after', columns: { id: bigint() }, upstream: { wrong }, query: ({ db }) => db.selectFrom('wrong').select('id'),
})
const slow = defineAsset({
  key: 'slow', columns: { most: text() }, upstream: { lines },
  query: ({ db }) => db.selectFrom('lines')
    .innerJoin(db.selectFrom('lines').select(['id as other_id', 'one as other_one']).as('other'),
      (join) => join.onRef('other.other_one', '=', 'lines.one'))
    .select(({ fn }) => fn.max(fn.md5(fn.concat(fn.toText('lines.id'), '-', fn.toText('other.other_id')))).as('most')),
})
export default defineConfig({
  assets: [lines, copy, wrong, after, slow],
  profiles: { default: { lake: 'tables', input: 'input' } },
})`

const LINES = Array.from({ length: 40_000 }, (_, id) => `{"id":${id},"one":1}\n`).join('')

function project(): string {
  const directory = temporaryDirectory()
  writeFiles(directory, { 'config/lake.config.ts': CONFIG, 'input/lines/a.json': LINES })
  return directory
}

/** Everything that the terminal has kept, from the beginning. */
const everything = ({ scrollback, lines }: Shown): string => [...scrollback, ...lines].join('\n')
const matches = (shown: Shown, pattern: RegExp): readonly string[] => everything(shown).match(pattern) ?? []
const SPINNER = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g
const FOOT = /\d of \d done/g
/**
 * Whether the frame was drawn for this width. It shows the state of the asset only if it has room.
 */
const isDrawn = (columns: number) => (shown: Shown) =>
  matches(shown, FOOT).length > 0 && columns > 40 === /^. slow +building/m.test(everything(shown))

describe.skipIf(TERMINALS === undefined)('a run in a terminal', () => {
  it.each([
    [80, 24],
    [120, 40],
    [200, 60],
    [40, 20],
  ])('shows at %d x %d a line for each asset, the cause of a failure and the next command', async (columns, rows) => {
    const terminal = openPseudoTerminal(['materialize', 'copy', 'after'], { columns, rows, cwd: project() })
    expect(await terminal.ended).toBe(1)
    const shown = terminal.screen()
    expect(matches(shown, SPINNER)).toEqual([])
    expect(matches(shown, FOOT)).toEqual([])
    for (const line of ['✓ lines', '✓ copy', '✗ wrong']) expect(everything(shown).split(line)).toHaveLength(2)
    // The terminal breaks long lines within words.
    const text = everything(shown).replaceAll(/\s/g, '')
    const says = (part: string) => expect(text).toContain(part.replaceAll(' ', ''))
    says('materialized because not built yet: lines, copy')
    says('skipped because wrong failed: after')
    says('wrong: the check "no id is above 10" fails for 39989 rows')
    says('1 failed, 1 skipped, 2 materialized; 80,000 rows written.')
    says('after you have fixed it, `lake run resume 2')
    expect(shown).toMatchObject({ alternate: false, cursor: true })
  })

  it('can be followed from another terminal, leaves no old lines after a resize, and answers Ctrl-C at once', async () => {
    const cwd = project()
    const terminal = openPseudoTerminal(['materialize', 'copy', 'slow'], { columns: 200, rows: 40, cwd })
    await terminal.until((shown) => /slow +building/.test(everything(shown)) && matches(shown, /✓ copy/).length > 0)
    const logs = readdirSync(join(cwd, 'tables/_lake/runs'))
    const runId = logs.flatMap((name) => /^(2.*)\.ndjson$/.exec(name)?.[1] ?? [])[0] ?? ''
    const follower = openPseudoTerminal(['run', runId, '--follow'], { columns: 200, rows: 24, cwd, wraps: true })
    await follower.until((shown) => /slow +building/.test(everything(shown)) && matches(shown, /✓ copy/).length > 0)

    for (const columns of [40, 200, 40, 100]) {
      for (const [each, rows] of [[terminal, 40] as const, [follower, 24] as const]) {
        for (const between of [150, 90, columns]) each.resize(between, rows)
        const shown = await each.until(isDrawn(columns))
        expect(matches(shown, FOOT)).toHaveLength(1)
        expect(matches(shown, SPINNER)).toHaveLength(1)
        expect(matches(shown, /✓ (lines|copy)/g)).toHaveLength(2)
      }
    }

    terminal.press('\u0003')
    await terminal.until((shown) => /stopping|slow +canceled/.test(everything(shown)))
    expect(await terminal.ended).toBe(130)
    expect(await follower.ended).toBe(130)
    for (const shown of [terminal.screen(), follower.screen()]) {
      expect(everything(shown)).toMatch(/- slow +canceled/)
      expect(everything(shown)).toMatch(/Interrupted in .*: 1 canceled, 2 materialized/)
      expect(matches(shown, FOOT)).toEqual([])
      expect(shown.cursor).toBe(true)
    }

    const replay = openPseudoTerminal(['run', runId], { columns: 80, rows: 24, cwd })
    expect(await replay.ended).toBe(0)
    expect(everything(replay.screen())).toMatch(/✓ copy +materialized[\s\S]*- slow +canceled[\s\S]*Interrupted in/)

    const runs = openPseudoTerminal(['runs'], { columns: 80, rows: 24, cwd })
    await runs.shows(`❯ ${runId}`)
    runs.press('\r')
    await runs.shows(/^slow +canceled/)
    runs.press('\u001b')
    await runs.shows(`❯ ${runId}`)
    runs.press('q')
    expect(await runs.ended).toBe(0)
    expect(runs.screen()).toMatchObject({ alternate: false, cursor: true })
  })

  it('prints no colours with NO_COLOR, and plain lines if the terminal cannot move the cursor', async () => {
    const cwd = project()
    const plain = openPseudoTerminal(['materialize', 'copy'], { columns: 80, rows: 24, cwd, env: { TERM: 'dumb' } })
    expect(await plain.ended).toBe(0)
    expect(everything(plain.screen())).toMatch(/^copy +started +not built yet\n/m)
    const grey = openPseudoTerminal(['materialize', 'copy', '--full'], {
      columns: 80,
      rows: 24,
      cwd,
      env: { NO_COLOR: '1' },
    })
    expect(await grey.ended).toBe(0)
    expect(everything(grey.screen())).toMatch(/^[=✓] copy/m)
    expect(grey.screen().colours.flat()).toEqual([])
  })
})

it('a run of another process can be followed in a pipe, as plain lines; the command ends with the exit status of the run', () => {
  const cwd = project()
  expect(lake(['materialize', 'after'], { cwd }).status).toBe(1)
  const followed = lake(['run', 'last', '--follow'], { cwd })
  expect(followed.status).toBe(1)
  expect(followed.stdout).toMatch(/^wrong +failed/m)
  expect(followed.stdout).toMatch(/^Failed in /m)
  const events = lake(['run', 'last', '--follow', '--json'], { cwd }).stdout.trim().split('\n')
  expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ type: 'run-finished', status: 'failed' })
})
