/** Writes the files of a new project as texts. */
import type { ColumnType } from '../declare/columns.ts'
import type { NewSource, ProjectFiles } from './new-source.ts'

/** The beginning of a new project: sources over files of the user, or the files of an example. */
export type ProjectStart =
  | { readonly kind: 'sources'; readonly sources: readonly NewSource[] }
  | { readonly kind: 'example'; readonly table: string; readonly files: ProjectFiles }

export function projectFiles(name: string, beginning: ProjectStart): ProjectFiles {
  const sources = beginning.kind === 'sources' ? beginning.sources : []
  return {
    'tsconfig.json': TSCONFIG,
    '.gitignore': 'node_modules/\n.lake/\n',
    '.github/workflows/test.yml': WORKFLOW,
    'README.md': readme(name, beginning.kind === 'example' ? beginning.table : filesKey(sources[0]?.key ?? '')),
    'config/lake.config.ts': config(sources),
    ...(beginning.kind === 'example' ? beginning.files : sourceFiles(sources)),
  }
}

function sourceFiles(sources: readonly NewSource[]): ProjectFiles {
  const exports = sources.map(({ key }) => `export * from './${key}.ts'\nexport * from './${filesKey(key)}.ts'\n`)
  return Object.fromEntries([
    ['assets/index.ts', exports.join('')],
    ...sources.flatMap((source) => [
      [`assets/${source.key}.ts`, source.declaration],
      [`assets/${filesKey(source.key)}.ts`, filesTable(source)],
      [`tests/${filesKey(source.key)}.test.ts`, filesTest(source)],
    ]),
  ])
}

const filesKey = (key: string): string => `${key}_files`

/** A table that any source can have, as a place to begin. */
function filesTable({ key, constant }: NewSource): string {
  return `import { bigint, byKey, defineAsset, text } from 'lake'
import { ${constant} } from './${key}.ts'

export const ${constant}Files = defineAsset({
  key: '${filesKey(key)}',
  description: 'How many rows each file of ${key} has.',
  columns: { file: text(), rows: bigint() },
  primaryKey: ['file'],
  incremental: byKey('file'),
  upstream: { ${constant} },
  query: ({ db }) =>
    db
      .selectFrom('${constant}')
      .groupBy('_file')
      .select(({ fn }) => ['_file as file', fn.countRows().as('rows')]),
})
`
}

function filesTest({ key, constant, columns }: NewSource): string {
  const required = columns.filter(({ nullable }) => !nullable)
  const values = required.map(({ name, type }) => `${name}: ${EXAMPLES[type.kind]}`)
  return `import { testAsset } from 'lake'
import { expect, it } from 'vitest'
import { ${constant}Files } from '../assets/${filesKey(key)}.ts'

const row = { ${[...values, "_file: 'a.json'"].join(', ')} }

it('counts the rows of each file', async () => {
  const rows = [row, row, { ...row, _file: 'b.json' }]
  expect(await testAsset(${constant}Files, { ${constant}: rows })).toEqual([
    { file: 'a.json', rows: 2n },
    { file: 'b.json', rows: 1n },
  ])
})
`
}

/** A value of each type in TypeScript. */
const EXAMPLES: Readonly<Record<ColumnType['kind'], string>> = {
  array: '[]',
  struct: '{}',
  map: '{}',
  text: "'x'",
  boolean: 'true',
  int: '1',
  bigint: '1n',
  double: '1.5',
  decimal: "'1'",
  date: "'2026-01-31'",
  binary: 'new Uint8Array()',
  timestamp: "new Date('2026-01-31T00:00:00Z')",
}

function config(sources: readonly NewSource[]): string {
  const places = sources.map(({ key, place }) => `${key}: ${quoted(place)}`)
  const where = places.length === 0 ? "input: 'data'" : `sources: { ${places.join(', ')} }`
  return `import { defineConfig } from 'lake'
import * as assets from '../assets/index.ts'

export default defineConfig({
  assets,
  profiles: {
    default: { lake: '.lake', ${where} },
  },
  schedules: [{ name: 'hourly', cron: '5 * * * *', timeZone: 'UTC' }],
})
`
}

/** A text as a literal of TypeScript. */
const quoted = (text: string): string => (/^[\w./: @-]*$/.test(text) ? `'${text}'` : JSON.stringify(text))

const readme = (name: string, table: string): string => `# ${name}

\`\`\`sh
npm install
npx lake materialize
\`\`\`

\`npx lake status\` shows the tables, and \`npx lake query "from ${table}"\` the rows of one. \`npm test\` checks the types and runs the tests.

\`assets/\` declares the tables, \`config/lake.config.ts\` says where they are. After a change of either, or of the data, \`npx lake plan\` says what is stale and why.
\`npx lake schedule run\` refreshes the tables every hour.
`

const TSCONFIG = `{
  "compilerOptions": {
    "target": "ES2023",
    "module": "NodeNext",
    "types": ["node"],
    "strict": true,
    "noEmit": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true
  },
  "include": ["assets", "config", "tests"]
}
`

const WORKFLOW = `name: test
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
          cache: npm
      - run: npm ci
      - run: npm test
`
