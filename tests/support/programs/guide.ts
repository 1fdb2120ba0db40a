/**
 * Runs a guide as its reader would: writes its files, runs its commands, and compares what they
 * print.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { PROGRAM, ROOT, temporaryDirectory, writeFiles } from './lake-process.ts'

export interface GuideBlock {
  /** The language of the block, such as `ts` or `sh`. Empty for the output of a command. */
  readonly language: string
  readonly text: string
  /**
   * The file that the block shows, relative to the current directory. The text before the block
   * names it, as in "`assets/songs.ts`:", or the first line of the block does, as in `//
   * assets/songs.ts`.
   */
  readonly file: string | undefined
}

export interface GuideOptions {
  /**
   * Applies a block that shows part of a file, in the current directory. Returns false for any
   * other block.
   */
  readonly fragment?: (text: string, directory: string) => boolean
  /** Additional variables for the commands. */
  readonly env?: NodeJS.ProcessEnv
  /** The directory in which the guide begins. Default: an empty directory. */
  readonly directory?: string
}

export function guideBlocks(guide: string): readonly GuideBlock[] {
  const text = readFileSync(join(ROOT, guide), 'utf8')
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language = '', block = ''] = match
    const before = text.slice(0, match.index).trimEnd().split('\n').at(-1) ?? ''
    const [, named] = /`([\w./-]+\.\w+)`[^`]*:$/.exec(before) ?? []
    const [, commented] = /^(?:\/\/|#|--) ([\w/-]+\.\w+)\n/.exec(block) ?? []
    return { language, text: block, file: commented ?? named }
  })
}

/** Runs the guide. Returns the directory in which the guide ends. */
export function runGuide(guide: string, { fragment, env, directory }: GuideOptions = {}): string {
  let current = directory ?? temporaryDirectory()
  const variables = { ...process.env, CI: '', ...env, PATH: `${programs()}:${env?.PATH ?? process.env.PATH}` }
  let printed = ''
  for (const block of guideBlocks(guide)) {
    if (block.language === 'sh') {
      const ran = runCommands(block.text, current, variables)
      current = ran.directory
      printed = ran.stdout
    } else if (block.language === '') expectPrinted(printed, block.text)
    else if (fragment?.(block.text, current)) continue
    else if (block.file !== undefined) writeFiles(current, { [block.file]: block.text })
    else throw new Error(`${guide} has a block whose file is not named:\n${block.text}`)
  }
  return current
}

interface Ran {
  /** The output of the last command. */
  readonly stdout: string
  readonly directory: string
}

/**
 * Runs each line as a command. Its exit status has to be 0, unless a comment says `exits with N`.
 */
function runCommands(block: string, directory: string, env: NodeJS.ProcessEnv): Ran {
  let ran: Ran = { stdout: '', directory }
  for (const line of block.trimEnd().split('\n')) {
    const [, expected = '0'] = /# exits with (\d+)/.exec(line) ?? []
    const script = `${line}\nstatus=$?\npwd >&3\nexit $status`
    const { status, output } = spawnSync('bash', ['-c', script], {
      ...{ cwd: ran.directory, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
    })
    const [, stdout = '', stderr = '', pwd = ''] = output.map((text) => text ?? '')
    expect({ line, status, stderr }).toEqual({ line, status: Number(expected), stderr: expect.anything() })
    ran = { stdout: stdout || stderr, directory: pwd.trim() || ran.directory }
  }
  return ran
}

/**
 * Whether the printed text matches the guide. `...` matches any text within a line, or any number
 * of lines if it is alone in its line. The printed text can have more spaces.
 */
function expectPrinted(printed: string, shown: string): void {
  const source = shown
    .trimEnd()
    .split('\n')
    .map(lineSource)
    .join('\n')
    .replaceAll(/\n?\0\n?/g, '[\\s\\S]*')
  expect(printed.replaceAll(/ +$/gm, '').trimEnd()).toMatch(new RegExp(`^${source}$`))
}

function lineSource(line: string): string {
  if (line.trim() === '...') return '\0'
  const parts = line.trimEnd().split('...')
  return parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/ +/g, ' +')).join('.*')
}

/** A directory with `npx` and `npm` that behave as if the package were installed in the project. */
function programs(): string {
  const directory = temporaryDirectory()
  const bin = join(ROOT, 'node_modules/.bin')
  writeFiles(directory, {
    npx: `#!/bin/sh
tool=$1; shift
case $tool in
  lake) exec "${process.execPath}" "${PROGRAM}" "$@" ;;
  tsc) exec "${bin}/tsc" --singleThreaded --customConditions lake-source "$@" ;;
  *) exec "${bin}/$tool" "$@" ;;
esac
`,
    npm: `#!/bin/sh
case $1 in
  ci | install)
    mkdir -p node_modules
    ln -sfn "${ROOT}" node_modules/lake
    ln -sfn "${ROOT}/node_modules/vitest" "${ROOT}/node_modules/@types" node_modules/ ;;
  test) npx tsc && npx vitest run ;;
esac
`,
  })
  for (const name of ['npx', 'npm']) chmodSync(join(directory, name), 0o755)
  return directory
}
