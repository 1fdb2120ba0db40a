/**
 * Assets, columns and profiles can have the names of properties that every JavaScript object has,
 * such as `constructor`.
 */
import { beforeEach, expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'

const CONFIG = `
import { byKey, defineAsset, defineConfig, defineSource, int, text } from 'lake'
const constructor = defineSource({ key: 'constructor', columns: { valueOf: text(), toString: int() } })
const hasOwnProperty = defineAsset({
  key: 'hasOwnProperty',
  columns: { valueOf: text(), toString: int() },
  primaryKey: ['valueOf'],
  incremental: byKey('valueOf'),
  upstream: { constructor },
  query: ({ db }) => db.selectFrom('constructor').select(['valueOf', 'toString']),
})
const isPrototypeOf = defineAsset({
  key: 'isPrototypeOf',
  columns: { toString: int() },
  upstream: { hasOwnProperty },
  query: ({ db }) => db.selectFrom('hasOwnProperty').select(['toString']),
})
export default defineConfig({
  assets: [constructor, hasOwnProperty, isPrototypeOf],
  profiles: { default: { lake: 'lake', input: 'input' } },
})
`

let directory = ''
beforeEach(() => {
  directory = temporaryDirectory()
  writeFiles(directory, { 'config/lake.config.ts': CONFIG, 'input/constructor/a.json': '{"valueOf":"a","toString":1}' })
})
const at = (...args: string[]) => lake(args, { cwd: directory })
const fine = (...args: string[]) => {
  const { status, stdout, stderr } = at(...args)
  expect(status, `${args.join(' ')}: ${stderr}`).toBe(0)
  return stdout
}

it('lake builds, follows and shows assets and columns with such names', () => {
  fine('materialize')
  writeFiles(directory, { 'input/constructor/b.json': '{"valueOf":"b","toString":2}' })
  expect(JSON.parse(fine('plan', '--json')).steps).toHaveLength(3)
  fine('materialize')
  expect(JSON.parse(fine('query', 'from "hasOwnProperty" order by all', '--json'))).toEqual([
    { valueOf: 'a', toString: 1 },
    { valueOf: 'b', toString: 2 },
  ])
  expect(JSON.parse(fine('plan', '--json')).steps).toEqual([])
  for (const key of ['constructor', 'hasOwnProperty', 'isPrototypeOf']) fine('show', key)
  for (const command of ['status', 'verify', 'history', 'vacuum', 'runs']) fine(command)
  fine('graph', '--format', 'json')
  fine('diff', 'hasOwnProperty', '0', '1')
  fine('plan', '--source', 'constructor=input/constructor')
})

it.each([
  [['status', '--profile', 'constructor'], 'has no profile "constructor"'],
  [['status', '--profile', '__proto__'], 'has no profile "__proto__"'],
  [['plan', 'toString'], 'A new asset counts once assets/index.ts exports it'],
  [['plan', '--source', 'toString=input'], 'toString is not a source'],
])('lake does not find a name that is not declared: %j', (args, message) => {
  const { status, stderr } = at(...args)
  expect(status).toBe(2)
  expect(stderr).toContain(message)
})
