import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const FRAMEWORK = resolve(import.meta.dirname, '../../framework')

/** Stage -> the stages that it may import from, besides itself and errors.ts. Data flows down this table; imports go up. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  text: [],
  pattern: [],
  expression: [],
  relation: ['expression'],
  query: ['expression', 'relation'],
  increment: ['expression', 'relation'],
  declare: ['pattern', 'expression', 'query'],
  graph: ['pattern', 'declare', 'expression', 'relation', 'query', 'increment'],
  storage: ['text'],
  delta: ['text', 'declare', 'storage'],
  ingest: ['text', 'pattern', 'declare', 'storage'],
  observe: ['text', 'pattern', 'declare', 'graph', 'storage', 'delta', 'ingest'],
  plan: ['graph', 'observe'],
  run: ['text', 'observe', 'plan', 'storage'],
  engine: ['text', 'graph', 'storage', 'delta', 'ingest', 'observe'],
  engines: [
    ...['text', 'declare', 'expression', 'relation', 'increment', 'graph'],
    ...['storage', 'delta', 'ingest', 'observe', 'engine'],
  ],
  tables: ['text', 'graph', 'storage', 'delta', 'observe', 'run', 'engine'],
  publish: ['graph', 'storage', 'delta', 'observe', 'engine', 'tables'],
  execute: [
    ...['text', 'graph', 'increment', 'storage', 'delta', 'ingest', 'observe', 'plan', 'run'],
    ...['engine', 'tables', 'publish'],
  ],
  estimate: [
    ...['graph', 'increment', 'storage', 'delta', 'ingest', 'observe', 'plan'],
    ...['engine', 'tables', 'execute'],
  ],
  maintain: [...['text', 'graph', 'storage', 'delta', 'observe', 'run'], ...['engine', 'tables', 'publish', 'execute']],
  doctor: ['text', 'declare', 'graph', 'storage', 'observe', 'engines'],
  testing: ['declare', 'graph', 'engines'],
  schedule: ['declare', 'run'],
  simulate: ['storage'],
  report: [
    ...['text', 'declare', 'graph', 'delta', 'ingest', 'observe', 'plan', 'run'],
    ...['engine', 'execute', 'maintain', 'schedule', 'doctor'],
  ],
  tui: ['text', 'run', 'graph', 'report'],
  cli: ['*'],
}

interface Import {
  readonly file: string
  readonly from: string
  readonly to: string
}

function importsOf(file: string): readonly Import[] {
  const path = join(FRAMEWORK, file)
  const specifiers = [...readFileSync(path, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(
    ([, to]) => to ?? '',
  )
  return specifiers.map((to) => ({
    file,
    from: stageOf(file),
    to: stageOf(relative(FRAMEWORK, resolve(dirname(path), to))),
  }))
}

const stageOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : file)

const files = readdirSync(FRAMEWORK, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))

describe('the layers of the framework', () => {
  it('import only from the stages before them', () => {
    const strays = files.flatMap(importsOf).filter(({ from, to }) => {
      if (from === to || to === 'errors.ts' || !(from in MAY_IMPORT)) return false
      const allowed = MAY_IMPORT[from] ?? []
      return !allowed.includes('*') && !allowed.includes(to)
    })
    expect(strays).toEqual([])
  })

  it('are all in the table', () => {
    const stages = new Set(files.map(stageOf).filter((stage) => !stage.endsWith('.ts')))
    expect([...stages].sort()).toEqual(Object.keys(MAY_IMPORT).sort())
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

  it('have no more than a dozen files in a folder, beside its subfolders', () => {
    const counts = new Map<string, number>()
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
    expect([...counts].filter(([, count]) => count > 12)).toEqual([])
  })

  it('open every file with a sentence about what it is for', () => {
    const header = /^(?:#!.*\n)?\/\*\*\s+(?:\* )?[A-Z`][\s\S]*?\.\s+\*\/\n/
    const unsigned = files.filter((file) => !header.test(readFileSync(join(FRAMEWORK, file), 'utf8')))
    expect(unsigned).toEqual([])
  })

  it('leave third-party engines and clouds to the adapters', () => {
    const users = files.filter((file) => /from '(@duckdb|@aws-sdk)/.test(readFileSync(join(FRAMEWORK, file), 'utf8')))
    expect(users.filter((file) => !/^(engines|storage)\//.test(file))).toEqual([])
  })
})
