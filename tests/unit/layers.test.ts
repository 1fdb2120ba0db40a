// Which stages of the framework may import which.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const FRAMEWORK = resolve(import.meta.dirname, '../../framework')

/**
 * Maps each stage to the stages that it may import, in addition to itself, errors.ts and
 * refusal.ts. Data flows down this table, and imports go up.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  text: [],
  scanner: [],
  pattern: [],
  expression: ['text'],
  relation: ['text', 'expression'],
  query: ['expression', 'relation'],
  increment: ['expression', 'relation'],
  declare: ['pattern', 'expression', 'query'],
  graph: ['pattern', 'declare', 'expression', 'relation', 'query', 'increment'],
  storage: ['text'],
  boot: ['storage'],
  delta: ['text', 'declare', 'storage'],
  ingest: ['text', 'scanner', 'pattern', 'declare', 'storage', 'delta'],
  observe: ['text', 'pattern', 'declare', 'graph', 'storage', 'delta', 'ingest'],
  infer: ['text', 'scanner', 'declare', 'storage', 'delta', 'ingest'],
  simulate: ['storage'],
  init: ['declare', 'simulate'],
  plan: ['graph', 'observe'],
  run: ['text', 'observe', 'plan', 'storage'],
  engine: ['text', 'graph', 'storage', 'delta', 'ingest', 'observe'],
  engines: [
    ...['text', 'declare', 'expression', 'relation', 'increment', 'graph'],
    ...['storage', 'delta', 'ingest', 'observe', 'engine'],
  ],
  tables: ['text', 'declare', 'graph', 'storage', 'delta', 'ingest', 'observe', 'run', 'engine'],
  read: ['text', 'declare', 'expression', 'storage', 'delta', 'observe', 'run', 'engine', 'tables'],
  export: ['declare', 'engine', 'engines'],
  publish: ['graph', 'storage', 'delta', 'observe', 'run', 'engine', 'tables'],
  execute: [
    ...['text', 'declare', 'graph', 'increment', 'storage', 'delta', 'ingest', 'observe', 'plan', 'run'],
    ...['engine', 'tables', 'publish'],
  ],
  estimate: [
    ...['graph', 'increment', 'storage', 'delta', 'ingest', 'observe', 'plan'],
    ...['engine', 'tables', 'execute'],
  ],
  maintain: [...['text', 'graph', 'storage', 'delta', 'observe', 'run'], ...['engine', 'tables', 'publish', 'execute']],
  doctor: ['text', 'declare', 'graph', 'storage', 'observe', 'engines'],
  preview: ['graph', 'storage', 'delta', 'engine', 'engines', 'tables'],
  dev: ['graph', 'plan', 'preview'],
  testing: ['declare', 'graph', 'engines'],
  schedule: ['declare', 'run', 'storage', 'execute'],
  report: [
    ...['text', 'declare', 'graph', 'delta', 'ingest', 'observe', 'plan', 'run'],
    ...['engine', 'execute', 'maintain', 'preview', 'dev', 'schedule', 'doctor'],
  ],
  catalog: [
    ...['text', 'relation', 'graph', 'storage', 'delta', 'ingest', 'observe', 'run', 'engines', 'tables', 'report'],
  ],
  listen: ['text', 'declare', 'relation', 'graph', 'storage', 'run', 'report'],
  tui: ['text', 'run', 'graph', 'dev', 'report'],
  cli: ['*'],
}

/** The files that a file imports, even if only for types. Packages are left out. */
function importsOf(file: string): readonly string[] {
  const path = join(FRAMEWORK, file)
  const specifiers = readFileSync(path, 'utf8').matchAll(/(?:from|import\(|import)\s*'(\.[^']+)'/g)
  // A template for a project's file imports files that do not exist here.
  const existing = [...specifiers].map(([, to = '']) => resolve(dirname(path), to)).filter((to) => existsSync(to))
  return existing.map((to) => relative(FRAMEWORK, to))
}

/** Files that belong to no stage, and that every stage may import. */
const FOR_ALL = ['errors.ts', 'refusal.ts']

const stageOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : file)

const files = readdirSync(FRAMEWORK, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))

describe('the layers of the framework', () => {
  it('import only from the stages before them', () => {
    const imports = files.flatMap((file) => importsOf(file).map((imported) => ({ file, imported })))
    const strays = imports.filter(({ file, imported }) => {
      const [from, to] = [stageOf(file), stageOf(imported)]
      if (from === to || FOR_ALL.includes(to) || !(from in MAY_IMPORT)) return false
      const allowed = MAY_IMPORT[from] ?? []
      return !allowed.includes('*') && !allowed.includes(to)
    })
    expect(strays).toEqual([])
  })

  it('have no files that import each other, even if only for types', () => {
    const imports = new Map(files.map((file) => [file, importsOf(file)]))
    // Repeats this step: drop the files that import none of the remaining files, and those that
    // none of them imports. In the end only circles, and files between circles, remain.
    for (let before = 0; before !== imports.size; ) {
      before = imports.size
      const imported = new Set([...imports.values()].flat())
      for (const [file, others] of imports) {
        if (!imported.has(file) || !others.some((other) => imports.has(other))) imports.delete(file)
      }
    }
    expect([...imports.keys()]).toEqual([])
  })

  it('are all in the table', () => {
    const stages = new Set(files.map(stageOf).filter((stage) => !stage.endsWith('.ts')))
    expect([...stages].sort()).toEqual(Object.keys(MAY_IMPORT).sort())
  })

  it('export no variable that changes, because importers would keep its first value in the bundle', () => {
    const changing = files.filter((file) => /^export (let|var) /m.test(readFileSync(join(FRAMEWORK, file), 'utf8')))
    expect(changing).toEqual([])
  })

  it('do no input or output before storage', () => {
    const pure = files.filter((file) =>
      /^(text|pattern|expression|relation|query|increment|declare|graph|plan|report)\//.test(file),
    )
    const impure = pure.filter((file) =>
      /from 'node:(fs|net|http|child_process|os|process)/.test(readFileSync(join(FRAMEWORK, file), 'utf8')),
    )
    expect(impure).toEqual([])
  })

  it('export each name from one stage only', () => {
    const exported = /^export (?:async )?(?:type|interface|const|function\*?|class) (\w+)/gm
    const stages = new Map<string, Set<string>>()
    for (const file of files) {
      for (const [, name = ''] of readFileSync(join(FRAMEWORK, file), 'utf8').matchAll(exported)) {
        stages.set(name, (stages.get(name) ?? new Set()).add(stageOf(file)))
      }
    }
    const shared = [...stages].filter(([, names]) => names.size > 1).map(([name, names]) => [name, ...names])
    expect(shared).toEqual([])
  })

  it('have no more than a dozen files in a folder, not counting subfolders', () => {
    const counts = new Map<string, number>()
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
    expect([...counts].filter(([, count]) => count > 12)).toEqual([])
  })

  it('open every file with a sentence about what it is for', () => {
    const header = /^(?:#!.*\n)?\/\*\*\s+(?:\* )?[A-Z`][\s\S]*?\.\s+\*\/\n/
    const unsigned = files.filter((file) => !header.test(readFileSync(join(FRAMEWORK, file), 'utf8')))
    expect(unsigned).toEqual([])
  })

  it('use third-party engines and clouds only in their adapters', () => {
    const users = files.filter((file) => /from '(@duckdb|@aws-sdk)/.test(readFileSync(join(FRAMEWORK, file), 'utf8')))
    expect(users.filter((file) => !/^(engines|storage)\//.test(file))).toEqual([])
  })
})
