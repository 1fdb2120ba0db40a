// How lake redraws changing lines below lines that stay.
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { openLiveLines } from '../../../framework/tui/live/live-lines.ts'

/** A terminal 80 columns wide, which keeps what it gets. */
function terminal(env: NodeJS.ProcessEnv = {}) {
  let text = ''
  const write = (part: string) => {
    text += part
    return true
  }
  const stdout = Object.assign(new EventEmitter(), { columns: 80, rows: 24, isTTY: true, write })
  const live = openLiveLines(stdout as unknown as NodeJS.WriteStream, env)
  const got = () => {
    const before = text
    text = ''
    return before
  }
  return { stdout, live, got }
}

const ESCAPE = String.fromCharCode(27)
/** The written text, without the codes that hide the cursor or synchronize. */
const plain = (text: string) => text.replaceAll(new RegExp(`${ESCAPE}\\[\\?(25|2026)[hl]`, 'g'), '')
const ERASED = `\r ${ESCAPE}[J\r${ESCAPE}[K`
const lines = (...texts: readonly string[]) => `${ESCAPE}[?7l${texts.join('\r\n')}${ESCAPE}[?7h`

describe('lines that change below lines that stay', () => {
  it('are erased from the line of the cursor on, and are never wrapped', () => {
    const { live, got } = terminal()
    live.draw(['done'], ['one', 'two'])
    expect(plain(got())).toBe(`${ERASED}done\r\n${lines('one', 'two')}${ESCAPE}[1A\r`)
    live.draw([], [])
    expect(plain(got())).toBe(ERASED)
    live.close()
  })

  it('stay when the program ends, with the cursor below them', () => {
    const { live, got } = terminal()
    live.draw([], ['one', 'two'])
    got()
    live.close()
    live.close()
    expect(got()).toBe(`\r\n\r\n${ESCAPE}[?25h`)
  })

  it('let other code write above them', () => {
    const { stdout, live, got } = terminal()
    live.draw([], ['one'])
    got()
    stdout.write('a note')
    expect(plain(got())).toBe(`${ERASED}a note\r\n${lines('one')}\r`)
    live.close()
    got()
    stdout.write('after')
    expect(got()).toBe('after')
  })

  it('are at the bottom in tmux, which would scroll rows away at the top', () => {
    const { live, got } = terminal({ TMUX: 'socket' })
    live.draw([], ['one', 'two'])
    expect(plain(got())).toContain(`${ESCAPE}[9999B${ESCAPE}[1A\r${ESCAPE}[?7lone\r\ntwo`)
    live.close()
  })

  it('are found again in VS Code, which moves the cursor down by the rows that it adds', () => {
    const { stdout, live, got } = terminal({ TERM_PROGRAM: 'vscode' })
    live.draw([], ['a'.repeat(80), 'b'.repeat(50)])
    got()
    stdout.columns = 40
    stdout.emit('resize')
    expect(got()).toBe(`${ESCAPE}[2A`)
    live.close()
  })
})
