import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/lake-process.ts'
import { openTerminal, TERMINALS } from '../support/terminal.ts'

describe.skipIf(TERMINALS === undefined)('lake status in a terminal', () => {
  it('has a screen of its own, fits it after a resize, and gives the terminal back', async () => {
    const places = ['--lake', temporaryDirectory(), '--input', temporaryDirectory()]
    const terminal = openTerminal([...places, 'status'], { columns: 80, rows: 24 })
    expect(await terminal.shows('songplays')).toMatchObject({ alternate: true, cursor: false })
    terminal.resize(40, 12)
    await terminal.until(({ lines }) => lines.length === 12 && lines[4]?.includes('❯') === true)
    terminal.press('q')
    expect(await terminal.ended).toBe(0)
    expect(terminal.screen()).toMatchObject({ alternate: false, cursor: true, scrollback: [] })
    expect(terminal.screen().lines.join('')).toBe('')
  })
})
