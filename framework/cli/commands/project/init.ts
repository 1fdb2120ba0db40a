/** Runs `lake init`: writes a new project, over the user's own files or over an example. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import manifest from '../../../../package.json' with { type: 'json' }
import { LakeError } from '../../../errors.ts'
import { EXAMPLES, type Example, type ExampleName, FIRST_EXAMPLE } from '../../../init/examples.ts'
import type { NewSource, ProjectFiles } from '../../../init/new-source.ts'
import { type ProjectStart, projectFiles } from '../../../init/project-files.ts'
import { completePackage, parsePackage } from '../../../init/project-package.ts'
import { simulate } from '../../../simulate/simulate.ts'
import { makeDirectory } from '../../../storage/local/make-directory.ts'
import type { CommandContext, ExitStatus } from '../../context.ts'
import { exampleFiles } from '../../package/package-files.ts'
import { parseLocalPath, parseLocation } from '../../project/location.ts'
import { toJson } from '../../terminal.ts'
import { inferPlace } from './infer.ts'

interface InitValues {
  /** The directory of the project. The default is this one. */
  readonly dir?: string
  /** For each source, the directory of its files, or one of them. */
  readonly from?: readonly string[]
  readonly example?: ExampleName
}

export async function initCommand({ flags, terminal }: CommandContext, values: InitValues): Promise<ExitStatus> {
  const { from = [], example = FIRST_EXAMPLE } = values
  const project = parseLocalPath({ what: 'the directory', written: values.dir ?? '.', base: terminal.cwd })
  const name = packageName(basename(project))
  const locations = from.map((written) => parseLocation({ what: '--from', written, base: terminal.cwd }))
  const chosen: Example | undefined = locations.length === 0 ? EXAMPLES[example] : undefined
  const files = projectFiles(name, chosen ? exampleBeginning(chosen) : await sourcesIn(project, locations))
  const data = chosen?.data ? ['data/'] : []
  refuseExisting(project, [...Object.keys(files), ...data])
  const packageJson = packageText(project, name)
  const written = { ...files, 'package.json': packageJson }
  write(project, written)
  if (chosen?.data) await simulate({ ...chosen.data, out: join(project, 'data') })
  if (flags.json) terminal.out(toJson({ project, files: Object.keys(written) }))
  else terminal.note(nextSteps(relative(terminal.cwd, project), [...Object.keys(written), ...data], packageJson))
  return 0
}

const exampleBeginning = (example: Example): ProjectStart => ({
  kind: 'example',
  table: example.table,
  files: exampleFiles(example),
})

async function sourcesIn(project: string, locations: readonly string[]): Promise<ProjectStart> {
  const sources: NewSource[] = []
  for (const location of locations) sources.push(await newSource(project, location))
  refuseTwins(sources)
  return { kind: 'sources', sources }
}

async function newSource(project: string, uri: string): Promise<NewSource> {
  const { key, constant, directory, declaration, columns } = await inferPlace(uri, {})
  const isRemote = directory.includes('://')
  if (!isRemote) refuseAround(project, directory)
  const place = isRemote ? directory : relative(project, directory)
  return { key, constant, declaration, columns, place }
}

/** Throws `usage` if the project, and so its lake, would be among the files of a source. */
function refuseAround(project: string, directory: string): void {
  if (/^\.\.(?:[/\\]|$)/.test(relative(directory, project))) return
  throw new LakeError('usage', {
    problem: `the files in ${directory} are around the project ${project}, and lake would read what it writes`,
    remedy: `Move them to a directory of their own, such as ${join(project, 'data')}, and name that.`,
  })
}

function refuseTwins(sources: readonly NewSource[]): void {
  const keys = sources.map(({ key }) => key)
  const twin = keys.find((key, index) => keys.indexOf(key) < index)
  if (twin === undefined) return
  throw new LakeError('usage', {
    problem: `two directories of --from would both be the source ${twin}`,
    remedy: 'Give one of them, and declare the other with `lake infer PLACE --key KEY`.',
  })
}

function refuseExisting(project: string, paths: readonly string[]): void {
  const existing = paths.filter((path) => existsSync(join(project, path)))
  if (existing.length === 0) return
  throw new LakeError('usage', {
    problem: `${project} has ${existing.join(', ')} already, and lake init overwrites nothing`,
    remedy: 'Name another directory: `lake init DIR`.',
  })
}

function packageText(project: string, name: string): string {
  const path = join(project, 'package.json')
  const existing = existsSync(path) ? parsePackage(readFileSync(path, 'utf8')) : undefined
  if (existsSync(path) && !existing) {
    throw new LakeError('config', { problem: `${path} is not a package.json`, remedy: 'Correct it, or move it away.' })
  }
  const { typescript, vitest, '@types/node': types } = manifest.devDependencies
  return `${JSON.stringify(completePackage(name, existing, { typescript, vitest, '@types/node': types }), null, 2)}\n`
}

function write(project: string, files: ProjectFiles): void {
  for (const [path, text] of Object.entries(files)) {
    makeDirectory(dirname(join(project, path)))
    writeFileSync(join(project, path), text)
  }
}

function nextSteps(directory: string, paths: readonly string[], packageJson: string): string {
  const enter = directory === '' ? [] : [`  cd ${directory}`]
  const install = packageJson.includes('"lake":')
    ? '  npm install'
    : '  npm install LAKE_PACKAGE   (the file that `npm pack` makes in the checkout of lake)'
  const shown = [...paths.filter((path) => !isData(path)), ...(paths.some(isData) ? ['data/'] : [])]
  return [`wrote ${shown.join(', ')}`, '', 'Next:', ...enter, install, '  npx lake materialize', '  npm test'].join(
    '\n',
  )
}

const isData = (path: string): boolean => path.startsWith('data/')

/** The name of a package for a directory: `My shop` -> `my-shop`. */
const packageName = (directory: string): string =>
  directory
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '') || 'my-lake'
