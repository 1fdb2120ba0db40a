/** Explains why the files of a project could not be loaded, and where. */
import { relative } from 'node:path'
import { LakeError } from '../../errors.ts'
import { importCycle } from './import-cycles.ts'

interface SourceLine {
  readonly file: string
  readonly line: number
}

/** Makes the error. `files` are the files that were loaded before it. */
export function loadFailure(config: string, cause: unknown, files: readonly string[]): LakeError {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  const at = lineOf(error)
  const { what, remedy } = explain(error, files)
  const where = at ? `${at.file}:${at.line}: ` : ''
  const problem = `${config} could not be loaded: ${where}${what}`
  return new LakeError('config', { problem, remedy, message: `${problem}\n  -> ${remedy}`, cause })
}

interface Explanation {
  readonly what: string
  readonly remedy: string
}

function explain({ message }: Error, files: readonly string[]): Explanation {
  const [, missing, importer] =
    /^Cannot find (?:module|package) '([^']+)'[\s\S]*?(?:- |imported from )(.+)/.exec(message) ?? []
  if (missing !== undefined) {
    const remedy = missing.startsWith('.') ? 'correct the path of the import' : `install it: npm install ${missing}`
    return { what: `${importer} imports ${missing}, which does not exist`, remedy }
  }
  const [, name] = /^(\S+) is not defined$/.exec(message) ?? []
  if (name !== undefined) return { what: message, remedy: `import ${name}, or correct its name` }
  const [, module, called] = /^\(0 , _([\w$]+)\.([\w$]+)\) is not a function$/.exec(message) ?? []
  if (called !== undefined) {
    const what = `${called} is imported from ${module}, which exports no function of that name`
    return { what, remedy: circular(files) ?? 'correct the name in the import' }
  }
  // The parser's message names the file and the line on its own lines.
  const what = message.replace(/^ParseError: /, '').replace(/\s*\n\s*/g, ' ')
  return { what, remedy: circular(files) ?? 'correct the file' }
}

/** The remedy for files that import each other; undefined if no files do. */
export function circular(files: readonly string[]): string | undefined {
  const cycle = importCycle(files)
  if (!cycle) return undefined
  const [first = ''] = cycle
  const names = cycle.map((file) => relative(process.cwd(), file) || first)
  return `these files import each other, so that one sees the other half-loaded: ${names.join(' -> ')}; move what both need into a third file`
}

/** Returns the innermost line of the stack that is in a file of the project. */
function lineOf({ stack = '' }: Error): SourceLine | undefined {
  for (const frame of stack.split('\n')) {
    const [, file, line] = /^\s+at .*?(\/[^():]+):(\d+):\d+\)?$/.exec(frame) ?? []
    if (file !== undefined && isProjectFile(file)) return { file, line: Number(line) }
  }
  return undefined
}

const isProjectFile = (file: string): boolean =>
  !file.includes('/node_modules/') && !file.startsWith(import.meta.dirname) && file !== process.argv[1]
