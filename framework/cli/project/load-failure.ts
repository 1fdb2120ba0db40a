/** Says why a project's files could not be loaded, and where. */
import { relative } from 'node:path'
import { LakeError } from '../../errors.ts'
import { importCycle } from './import-cycles.ts'

interface Place {
  readonly file: string
  readonly line: number
}

/** `files` are those that were loaded until then. */
export function loadFailure(config: string, cause: unknown, files: readonly string[]): LakeError {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  const place = placeOf(error)
  const { what, remedy } = explained(error, files)
  const where = place ? `${place.file}:${place.line}: ` : ''
  return new LakeError('config', `${config} could not be loaded: ${where}${what}\n  -> ${remedy}`, { cause, remedy })
}

interface Explained {
  readonly what: string
  readonly remedy: string
}

function explained({ message }: Error, files: readonly string[]): Explained {
  const [, missing, importer] =
    /^Cannot find (?:module|package) '([^']+)'[\s\S]*?(?:- |imported from )(.+)/.exec(message) ?? []
  if (missing !== undefined) {
    const remedy = missing.startsWith('.') ? 'correct the path of the import' : `install it: npm install ${missing}`
    return { what: `${importer} imports ${missing}, which is not there`, remedy }
  }
  const [, name] = /^(\S+) is not defined$/.exec(message) ?? []
  if (name !== undefined) return { what: message, remedy: `import ${name}, or correct its name` }
  const [, module, called] = /^\(0 , _([\w$]+)\.([\w$]+)\) is not a function$/.exec(message) ?? []
  if (called !== undefined) {
    const what = `${called} is imported from ${module}, which has no function of that name`
    return { what, remedy: circular(files) ?? 'correct the name in the import' }
  }
  // The message of the parser names the file and the line below.
  const what = message.replace(/^ParseError: /, '').replace(/\s*\n\s*/g, ' ')
  return { what, remedy: circular(files) ?? 'mend the file' }
}

/** What to do where files of the project import each other; undefined where none do. */
export function circular(files: readonly string[]): string | undefined {
  const cycle = importCycle(files)
  if (!cycle) return undefined
  const [first = ''] = cycle
  const names = cycle.map((file) => relative(process.cwd(), file) || first)
  return `these files import each other, so that what one takes of another is undefined: ${names.join(' -> ')}; move what both need into a third one`
}

/** The innermost line of the project's own in the stack. */
function placeOf({ stack = '' }: Error): Place | undefined {
  for (const frame of stack.split('\n')) {
    const [, file, line] = /^\s+at .*?(\/[^():]+):(\d+):\d+\)?$/.exec(frame) ?? []
    if (file !== undefined && isProjects(file)) return { file, line: Number(line) }
  }
  return undefined
}

const isProjects = (file: string): boolean =>
  !file.includes('/node_modules/') && !file.startsWith(import.meta.dirname) && file !== process.argv[1]
