/**
 * For the most common mistakes in queries, the message of TypeScript has the column and what is
 * needed instead.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../../..')

const TABLES = `
import { bigint, date, decimal, defineSource, double, int, text, timestamp } from 'lake'
export const plays = defineSource({
  key: 'plays',
  columns: { id: bigint(), song: text(), place: text().nullable(), seconds: int(), price: decimal(10, 2), day: date(), at: timestamp() },
})
export const songs = defineSource({ key: 'songs', columns: { song: text(), length: double(), year: int() } })
`

/** Each is a query over the two tables for an asset with one column, \`id: bigint()\`. */
const MISTAKES: Readonly<Record<string, string>> = {
  'an unknown table': `db.selectFrom('play').select('id')`,
  'an unknown column in select': `db.selectFrom('plays').select('ident as id')`,
  'an unknown column in a list': `db.selectFrom('plays').select(['id', 'sond'])`,
  'an unknown column in where': `db.selectFrom('plays').where('plce', '=', 'x').select('id')`,
  'an unknown column in groupBy': `db.selectFrom('plays').groupBy('sonf').select('id')`,
  'an unknown column in orderBy': `db.selectFrom('plays').select('id').orderBy('plais').limit(1)`,
  'a column alone in where': `db.selectFrom('plays').where('song').select('id')`,
  'text for a condition': `db.selectFrom('plays').where((eb) => eb.ref('song')).select('id')`,
  'text compared with a number': `db.selectFrom('plays').where('song', '=', 5).select('id')`,
  'a number compared with text': `db.selectFrom('plays').where('seconds', '>', '30').select('id')`,
  'a date compared with a number': `db.selectFrom('plays').where('day', '>=', 20181101).select('id')`,
  'a timestamp compared with a number': `db.selectFrom('plays').where('at', '<', 1541030400000).select('id')`,
  'an equals null': `db.selectFrom('plays').where('place', '=', null).select('id')`,
  'one value for in': `db.selectFrom('plays').where('song', 'in', 'a').select('id')`,
  'numbers among texts': `db.selectFrom('plays').where('song', 'in', [1, 2]).select('id')`,
  'a join of int with text': `db.selectFrom('plays').innerJoin('songs', 'songs.year', 'plays.song').select('id')`,
  'a sum of text': `db.selectFrom('plays').select(({ fn }) => fn.sum('song').as('id'))`,
  'a forgotten .as': `db.selectFrom('plays').select(({ fn }) => [fn.max('id')])`,
  'a forgotten .over': `db.selectFrom('plays').select(({ fn }) => fn.rowNumber().as('id'))`,
  'arithmetic with the name of a column': `db.selectFrom('plays').select((eb) => eb('id', '+', 'seconds').as('id'))`,
  'arithmetic with a date': `db.selectFrom('plays').where((eb) => eb(eb('day', '+', 7), '>', 0)).select('id')`,
  'a year of text': `db.selectFrom('plays').select(({ fn }) => fn.year('song').as('id'))`,
  'a case of two types': `db.selectFrom('plays').select((eb) => eb.case().when('seconds', '>', 30).then(1).else('no').end().as('id'))`,
  'fn from outside of the callback': `db.selectFrom('plays').select(fn.max('id').as('id'))`,
  'an output of another type': `db.selectFrom('plays').select('song as id')`,
  'an output that is missing': `db.selectFrom('plays').select('song')`,
  'an output too many': `db.selectFrom('plays').select(['id', 'song'])`,
  'an output that may be null': `db.selectFrom('songs').leftJoin('plays', 'plays.song', 'songs.song').select('plays.id')`,
  'a double for a bigint': `db.selectFrom('plays').select(({ fn }) => fn.avg('seconds').as('id'))`,
  'a union of two types': `db.selectFrom('plays').select('id').unionAll(db.selectFrom('songs').select('song as id'))`,
  'a series of text': `db.selectFrom('plays').where(({ exists, selectFrom }) => exists(selectFrom('songs').select(({ fn }) => fn.series('songs.song', 'songs.year', 'day').as('x')))).select('id')`,
  'a series from a date to a number': `db.selectFrom('plays').where(({ exists, selectFrom }) => exists(selectFrom('plays as p').select(({ fn }) => fn.series('p.day', 'p.seconds', 'day').as('x')))).select('id')`,
  'hours between dates': `db.selectFrom('plays').where(({ exists, selectFrom }) => exists(selectFrom('plays as p').select(({ fn }) => fn.series('p.day', 'p.day', 'hour').as('x')))).select('id')`,
  'a series in an expression': `db.selectFrom('plays').where(({ exists, selectFrom }) => exists(selectFrom('plays as p').select(({ fn }) => fn.year(fn.series('p.day', 'p.day', 'day')).as('x')))).select('id')`,
  'an unknown function': `db.selectFrom('plays').select(({ fn }) => fn.summe('id').as('id'))`,
}

const fileOf = (index: number) => `mistake-${String(index).padStart(2, '0')}.ts`

const assetOf = (query: string) => `
import { bigint, defineAsset } from 'lake'
import { plays, songs } from './tables.ts'
export const mistaken = defineAsset({
  key: 'mistaken',
  columns: { id: bigint() },
  upstream: { plays, songs },
  query: ({ db, fn }) => ${query},
})
`

/**
 * The errors of each file. Each has its first line without place and number, and also its second
 * line if the first names nothing.
 */
function compile(directory: string): ReadonlyMap<string, readonly string[]> {
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(directory, 'tables.ts'), TABLES)
  Object.values(MISTAKES).forEach((query, index) => {
    writeFileSync(join(directory, fileOf(index)), assetOf(query))
  })
  const compilerOptions = {
    paths: { lake: [join(ROOT, 'framework/index.ts')] },
    typeRoots: [join(ROOT, 'node_modules/@types')],
    noUnusedParameters: false,
  }
  const config = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config))
  const printed = tsc(directory)
  const errors = new Map<string, string[]>()
  for (const [, file = '', first = '', second = ''] of printed.matchAll(ERROR)) {
    errors.set(file, [...(errors.get(file) ?? []), first.includes("'") ? first : `${first} ${second}`])
  }
  return errors
}

const ERROR = /^(\S+\.ts)\(\d+,\d+\): error TS\d+: (.*)(?:\n {2}( ?\S.*))?$/gm

function tsc(directory: string): string {
  try {
    const binary = join(ROOT, 'node_modules/.bin/tsc')
    return execFileSync(binary, ['-p', directory, '--singleThreaded', '--pretty', 'false'], {
      cwd: directory,
      encoding: 'utf8',
    })
  } catch (error) {
    return (error as { readonly stdout: string }).stdout
  }
}

/** Replaces the type of a query, because TypeScript prints different parts of it each time. */
const short = (message: string) => message.replace(/'(Select|Aggregate|Functions)<.*?'(?= |$|\.$)/g, "'$1<...>'")

describe('the message of TypeScript', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-mistakes-'))
  let errors: ReadonlyMap<string, readonly string[]>
  beforeAll(() => {
    errors = compile(directory)
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('is exactly one error for each mistake', () => {
    const counts = Object.keys(MISTAKES).map((name, index) => [name, errors.get(fileOf(index))?.length ?? 0])
    expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(counts.map(([name]) => [name, 1])))
    expect([...errors.keys()].filter((file) => !file.startsWith('mistake-'))).toEqual([])
  })

  it('names the column and what is needed', () => {
    const lines = Object.keys(MISTAKES).map(
      (name, index) => `${name}: ${errors.get(fileOf(index))?.map(short).join('\n')}`,
    )
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "an unknown table: Argument of type 'string' is not assignable to parameter of type 'NoTable<"play", "plays" | "songs"> | readonly NoTable<"play", "plays" | "songs">[]'.
      an unknown column in select: Argument of type 'string' is not assignable to parameter of type 'OneOrMore<NoColumn<"ident", "_file" | "_line" | "at" | "day" | "id" | "place" | "price" | "seconds" | "song">>'.
      an unknown column in a list: Type '"sond"' is not assignable to type '"id" | NoColumn<"sond", "_file" | "_line" | "at" | "day" | "id" | "place" | "price" | "seconds" | "song">'.
      an unknown column in where: Argument of type 'string' is not assignable to parameter of type 'NoColumn<"plce", "_file" | "_line" | "at" | "day" | "id" | "place" | "price" | "seconds" | "song">'.
      an unknown column in groupBy: Argument of type 'string' is not assignable to parameter of type 'OneOrMore<NoColumn<"sonf", "_file" | "_line" | "at" | "day" | "id" | "place" | "price" | "seconds" | "song">>'.
      an unknown column in orderBy: Argument of type 'string' is not assignable to parameter of type 'NoColumn<"plais", "_file" | "_line" | "at" | "day" | "id" | "place" | "price" | "seconds" | "song">'.
      a column alone in where: Argument of type 'string' is not assignable to parameter of type 'Mistake<"song needs an operator and a value">'.
      text for a condition: Property '[mistake]' is missing in type 'Expr<Text>' but required in type 'Mistake<"this is text: a condition is needed">'.
      text compared with a number: Argument of type 'number' is not assignable to parameter of type 'Mistake<"song is text: it compares with text, not with int">'.
      a number compared with text: Argument of type 'string' is not assignable to parameter of type 'Mistake<"seconds is int: it compares with a number, not with text">'.
      a date compared with a number: Argument of type 'number' is not assignable to parameter of type 'Mistake<"day is date: it compares with a date or a text such as '2018-11-01', not with int">'.
      a timestamp compared with a number: Argument of type 'number' is not assignable to parameter of type 'Mistake<"at is timestamp: it compares with a timestamp, a Date or a text such as '2018-11-01T12:00:00Z', not with int">'.
      an equals null: Argument of type 'null' is not assignable to parameter of type 'Mistake<"nothing is = null: use is or is not">'.
      one value for in: Argument of type 'string' is not assignable to parameter of type 'Mistake<"in takes a list or a subquery">'.
      numbers among texts: Property '[mistake]' is missing in type 'number[]' but required in type 'Mistake<"song is text: it compares with text, not with int">'.
      a join of int with text: Argument of type 'string' is not assignable to parameter of type 'Mistake<"songs.year is int, plays.song is text: they do not compare">'.
      a sum of text: Argument of type 'string' is not assignable to parameter of type 'Mistake<"song is text: a number is needed">'.
      a forgotten .as: Property '[mistake]' is missing in type 'Aggregate<...>' but required in type 'Mistake<"an expression needs a name: add .as('...')">'.
      a forgotten .over: This expression is not callable. Type 'Mistake<"a window function needs .over(...) before .as(...)">' has no call signatures.
      arithmetic with the name of a column: Argument of type 'string' is not assignable to parameter of type 'Mistake<"id + needs a number, not text: ref('...') names a column">'.
      arithmetic with a date: Argument of type 'number' is not assignable to parameter of type 'Mistake<"day is date: + needs numbers, fn.addTo and fn.difference calculate with time">'.
      a year of text: Argument of type 'string' is not assignable to parameter of type 'Mistake<"song is text: a date or timestamp is needed">'.
      a case of two types: Argument of type 'string' is not assignable to parameter of type 'Mistake<"a branch before gives int, this one text">'.
      fn from outside of the callback: Argument of type 'string' is not assignable to parameter of type 'Mistake<"no table is known here: take fn from the callback, as in select(({ fn }) => ...)">'.
      an output of another type: Property '[mistake]' is missing in type 'Select<...>' but required in type 'Mistake<"id is text, but columns declares it as bigint">'.
      an output that is missing: Property '[mistake]' is missing in type 'Select<...>' but required in type 'Mistake<"the query has no column id, which columns declares as bigint">'.
      an output too many: Property '[mistake]' is missing in type 'Select<...>' but required in type 'Mistake<"song is not declared in columns">'.
      an output that may be null: Property '[mistake]' is missing in type 'Select<...>' but required in type 'Mistake<"id may be null, but columns declares it as bigint without nullable()">'.
      a double for a bigint: Property '[mistake]' is missing in type 'Select<...>' but required in type 'Mistake<"id is double, but columns declares it as bigint">'.
      a union of two types: Property '[mistake]' is missing in type 'Select<...>' but required in type 'Mistake<"id is text: in the first query it is bigint">'.
      a series of text: Argument of type 'string' is not assignable to parameter of type 'Mistake<"songs.song is text: a date, a timestamp or an integer is needed">'.
      a series from a date to a number: Argument of type 'string' is not assignable to parameter of type 'Mistake<"p.seconds is int: another argument has another type">'.
      hours between dates: Argument of type '"hour"' is not assignable to parameter of type 'DateUnit'.
      a series in an expression: Argument of type 'Series<DateOnly>' is not assignable to parameter of type 'number | bigint | boolean | Date | Expr<unknown> | NoColumn<string & {}, "_file" | "_line" | "at" | "day" | "id" | "place" | "price" | "seconds" | "song"> | Uint8Array<...> | ColumnName<...>'.
      an unknown function: Property 'summe' does not exist on type 'Functions<From<In<object, object, DatabaseOf<{ readonly plays: Source<{ readonly id: Declared<ZodInt64, Bigint>; readonly song: Declared<ZodString, Text>; ... 4 more ...; readonly at: Declared<...>; }>; readonly songs: Source<...>; }>>, "plays">>'. Did you mean 'sum'?"
    `)
  })
})
