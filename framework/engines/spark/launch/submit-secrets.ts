/**
 * Passes secret settings to spark-submit in a file that only this user can read, because every user
 * can read a command line.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { isSecretName } from '../../../text/redact.ts'

interface SubmitSettings {
  readonly program: string
  readonly conf: Readonly<Record<string, string>>
  readonly args: readonly string[]
}

export interface SubmitSecrets {
  /** The file to pass to `--properties-file`. */
  readonly file: string
  remove(): Promise<void>
}

/** The same settings without those whose values are secrets. */
export function withoutSecrets<Settings extends SubmitSettings>(settings: Settings): Settings {
  const { conf, args } = settings
  if (Object.keys(secretsOf(settings)).length === 0) return settings
  const open = Object.entries(conf).filter(([name]) => !isSecretName(name))
  const isFile = (arg: string, index: number) => arg === '--properties-file' || args[index - 1] === '--properties-file'
  const isSecret = (index: number) => secretIn(args, index) !== undefined
  const leads = (arg: string, index: number) => ['--conf', '-c'].includes(arg) && isSecret(index + 1)
  const kept = args.filter((arg, index) => !isFile(arg, index) && !isSecret(index) && !leads(arg, index))
  return { ...settings, conf: Object.fromEntries(open), args: kept }
}

/**
 * Writes the secret settings into a file; undefined if there are none. Spark then reads no other
 * defaults. So the file begins with the defaults from a --properties-file argument, else from
 * spark-defaults.conf.
 */
export async function handOverSecrets(
  settings: SubmitSettings,
  env: NodeJS.ProcessEnv,
): Promise<SubmitSecrets | undefined> {
  const secrets = Object.entries(secretsOf(settings))
  if (secrets.length === 0) return undefined
  const defaults = await defaultsFor(settings, env)
  const directory = await mkdtemp(join(tmpdir(), 'lake-submit-'))
  const file = join(directory, 'spark.properties')
  const lines = secrets.map(([name, value]) => `${escaped(name)}=${escaped(value)}\n`)
  await writeFile(file, `${defaults}\n${lines.join('')}`, { mode: 0o600 })
  return { file, remove: () => rm(directory, { recursive: true, force: true }) }
}

function secretsOf({ conf, args }: SubmitSettings): Readonly<Record<string, string>> {
  const given = args.flatMap((_, index) => secretIn(args, index) ?? [])
  return Object.fromEntries([...Object.entries(conf).filter(([name]) => isSecretName(name)), ...given])
}

type Setting = readonly [name: string, value: string]

/**
 * The secret setting in the argument at `index`: NAME=VALUE after `--conf`, or `--conf=NAME=VALUE`.
 */
function secretIn(args: readonly string[], index: number): readonly Setting[] | undefined {
  const follows = ['--conf', '-c'].includes(args[index - 1] ?? '')
  const form = follows ? /^([^=]+)=(.*)$/s : /^(?:--conf|-c)=([^=]+)=(.*)$/s
  const [, name = '', value = ''] = form.exec(args[index] ?? '') ?? []
  return isSecretName(name) ? [[name, value]] : undefined
}

async function defaultsFor({ program, args }: SubmitSettings, env: NodeJS.ProcessEnv): Promise<string> {
  const given = args[args.indexOf('--properties-file') + 1]
  if (args.includes('--properties-file') && given !== undefined) return readFile(given, 'utf8')
  const homes = [env.SPARK_HOME, await homeOf(program, env)].flatMap((home) => (home ? [join(home, 'conf')] : []))
  const directories = [env.SPARK_CONF_DIR, ...homes].flatMap((directory) => directory ?? [])
  const file = directories.map((directory) => join(directory, 'spark-defaults.conf')).find((path) => existsSync(path))
  return file === undefined ? '' : readFile(file, 'utf8')
}

/** Spark's home, by the path of spark-submit. */
async function homeOf(program: string, { PATH = '' }: NodeJS.ProcessEnv): Promise<string | undefined> {
  const candidates = program.includes('/')
    ? [program]
    : PATH.split(delimiter).map((directory) => join(directory, program))
  const found = candidates.find((path) => existsSync(path))
  return found === undefined ? undefined : dirname(dirname(await realpath(found)))
}

/** Escapes text so that java.util.Properties reads it the same in ISO 8859-1 and UTF-8. */
function escaped(text: string): string {
  return Array.from(text, (character) => {
    if (/[A-Za-z0-9_.\-/]/.test(character)) return character
    return Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join('')
  }).join('')
}
