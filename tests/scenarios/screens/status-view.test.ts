// `lake status` in a real pseudo-terminal.
import { describe, expect, it } from 'vitest'
import { startLake, writeFiles } from '../../support/programs/lake-process.ts'
import { openPseudoTerminal, type Shown, TERMINALS } from '../../support/programs/terminal.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

describe.skipIf(TERMINALS === undefined)('lake status in a terminal', () => {
  let cwd = ''
  builtProject({ 'input/song_data/good.json': songLine(), 'input/log_data/good.json': playLine() }, (directory) => {
    cwd = directory
  })
  const open = (columns: number, rows: number, env: NodeJS.ProcessEnv = {}) =>
    openPseudoTerminal(['status', ...PLACES], { columns, rows, cwd, env })
  const isFresh = ({ lines }: Shown) => lines[1]?.startsWith('7 assets: 7 fresh') === true

  it.each([
    [40, 24],
    [80, 24],
    [120, 40],
    [200, 60],
  ])('draws lineage and details in %i columns and %i lines', async (columns, rows) => {
    const terminal = open(columns, rows)
    const { lines, alternate, cursor, mouse } = await terminal.until(isFresh)
    expect({ alternate, cursor, mouse }).toEqual({ alternate: true, cursor: false, mouse: true })
    expect(lines.slice(3, 7).map((line) => line.slice(0, 15).trimEnd())).toEqual([
      '❯ ✓ song_data',
      '↓ ├─✓ artists',
      '↓ ├─│─✓ songs',
      '  │ │ │ ✓ log_d',
    ])
    // A click selects, and the wheel moves.
    terminal.press('\u001b[<0;10;5M')
    await terminal.shows('❯ ├─✓ artists')
    terminal.press('\u001b[<64;10;5M')
    await terminal.shows('❯ ✓ song_data')
    terminal.press('\r')
    await terminal.until((screen) => screen.lines[3]?.startsWith('song_data  source, fresh, version 0') === true)
    // A large screen has room for everything. On a small screen, the user scrolls to the rest.
    if (columns >= 120) await terminal.shows('versions')
    terminal.press('G')
    await terminal.shows(/artists, songs,/)
    terminal.press('\u001b')
    await terminal.shows('❯ ✓ song_data')
    terminal.press('q')
    expect(await terminal.ended).toBe(0)
    expect(terminal.screen()).toMatchObject({ alternate: false, cursor: true, mouse: false, scrollback: [] })
    expect(terminal.screen().lines.join('')).toBe('')
  })

  it('leaves nothing of the old size on the screen when the size of the terminal changes', async () => {
    const terminal = open(120, 40)
    await terminal.until(isFresh)
    for (const [columns, rows] of [
      [40, 24],
      [200, 60],
      [80, 12],
    ] as const) {
      terminal.resize(columns, rows)
      const fits = ({ lines }: Shown) =>
        lines.length === rows && isFresh({ lines } as Shown) && lines[rows - 2]?.startsWith('Enter opens') === true
      const { lines } = await terminal.until(fits)
      expect(lines.filter((line) => line.includes('song_data') && line.includes('✓'))).toHaveLength(1)
      expect(lines.filter((line) => line.includes('Enter opens'))).toHaveLength(1)
      expect(lines[rows - 1]).toBe('')
    }
  })

  it('follows a run of another process even without --watch, and shows how the run ends', async () => {
    const terminal = open(100, 30)
    await terminal.until(isFresh)
    const stopAt = /"step-started".*"log_data"/
    const run = startLake(['materialize', '--full', '--json', ...PLACES], { cwd, stopAt })
    await run.printed(stopAt)
    await terminal.shows(/log_data +running/)
    run.goOn()
    expect((await run.ended).status).toBe(0)
    await terminal.until(({ lines }) => isFresh({ lines } as Shown) && !lines.join().includes('of another process'))
  })

  it('materializes an asset after the user has seen the plan, and reads the state again when the run has ended', async () => {
    const terminal = open(100, 30)
    await terminal.until(isFresh)
    writeFiles(cwd, { 'input/song_data/more.json': songLine({ song_id: 'SOMORE', title: 'More' }) })
    terminal.press('r')
    await terminal.shows(/song_data +stale/)
    terminal.press('m')
    await terminal.shows('ingest its rows')
    await terminal.shows('Enter runs this plan')
    terminal.press('\r')
    await terminal.shows('Done in')
    const { lines } = await terminal.shows(/song_data +fresh +2 /)
    expect(lines.join('\n')).toMatch(/songs +stale/)
  })

  it('uses only the named colours of the terminal, and none with NO_COLOR', async () => {
    const colours = ({ colours: all }: Shown) => [...new Set(all.flat())].toSorted()
    expect(colours(await open(80, 24).until(isFresh))).toEqual(['cyan', 'green'])
    expect(colours(await open(80, 24, { NO_COLOR: '1' }).until(isFresh))).toEqual([])
  })

  it('prints the table if the terminal cannot move the cursor', async () => {
    const terminal = open(80, 24, { TERM: 'dumb' })
    expect(await terminal.ended).toBe(0)
    const { lines, alternate } = terminal.screen()
    expect({ alternate, title: lines[1] }).toEqual({
      alternate: false,
      title: expect.stringMatching(/^asset +state +rows/),
    })
  })
})
