// After random histories of edits and runs, the tables have the rows that the rules give.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runMaterialize } from '../../../framework/cli/commands/runs/materialize.ts'
import { withSession } from '../../../framework/cli/engines.ts'
import { openProject, type Project } from '../../../framework/cli/project/project.ts'
import { ProjectTables } from '../../../framework/cli/project/project-tables.ts'
import { toJson } from '../../../framework/cli/terminal.ts'
import { queryLake } from '../../../framework/engines/duckdb/queries/lake-query.ts'
import { ROOT, writeFiles } from '../../support/programs/lake-process.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { oracle, withBigints } from '../../support/random/oracle.ts'
import { checkProperty } from '../../support/random/property.ts'

/** `npm run fuzz` tries many more. */
const HISTORIES = 8
const TABLES = ['songs', 'artists', 'users', 'time', 'songplays'] as const

/** A change of the source files, or a run. */
type Edit =
  | { readonly kind: 'write'; readonly file: string; readonly lines: readonly string[] }
  | { readonly kind: 'remove'; readonly file: string }
  | { readonly kind: 'materialize'; readonly selection: readonly string[]; readonly only: boolean }

// The values are few, so that rows of different files match: the same song_id twice, plays of known
// songs, levels that change back.
const song = fc
  .record({
    song_id: fc.constantFrom('SO1', 'SO2', 'SO3'),
    title: fc.constantFrom('Setanta matins', 'Maha', 5),
    artist_id: fc.constantFrom('AR1', 'AR2'),
    artist_name: fc.constantFrom('Elena', 'Ana'),
    artist_location: fc.constantFrom('', 'Ōsaka', null),
    artist_latitude: fc.constantFrom(1.5, null),
    artist_longitude: fc.constantFrom(2.5, null),
    year: fc.constantFrom(0, 1999, 2001),
    duration: fc.constantFrom(269.58322, 1),
  })
  .map(songLine)
const play = fc.record({
  ts: fc.constantFrom(1542837407796, 1542837407797, 1543622399999, 1543622400000),
  page: fc.constantFrom('NextSong', 'NextSong', 'Home'),
  userId: fc.constantFrom('15', '16', ''),
  level: fc.constantFrom('free', 'paid'),
  song: fc.constantFrom('Setanta matins', 'Maha', null),
  artist: fc.constantFrom('Elena', 'Ana', null),
  length: fc.constantFrom(269.58322, 1, null),
})
const songFile = fc.constantFrom('song_data/A/1.json', 'song_data/A/2.json', 'song_data/B/1.json', 'song_data/C.json')
const LOG_FILES = ['log_data/2018/11/a.json', 'log_data/2018/12/a.json', 'log_data/b.json']
const logFile = fc.constantFrom(...LOG_FILES)

const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      file: songFile,
      lines: fc.array(song, { maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    // The pair of session and item is unique over all events: the session identifies the file, the
    // item identifies the line.
    arbitrary: fc.tuple(logFile, fc.array(play, { maxLength: 4 })).map(([file, plays]) => ({
      kind: 'write' as const,
      file,
      lines: plays.map((fields, item) =>
        playLine({ ...fields, sessionId: LOG_FILES.indexOf(file), itemInSession: item }),
      ),
    })),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), file: fc.oneof(songFile, logFile) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('materialize' as const),
      selection: fc.constantFrom<readonly string[]>(
        [],
        ['song_data'],
        ['log_data'],
        ['songs'],
        ['songplays'],
        ['tag:dimension'],
      ),
      only: fc.boolean(),
    }),
  },
)

describe('after any history of edits and runs', () => {
  it('every table has the rows that the rules make from the current files', { timeout: 3_600_000 }, async () => {
    const steps = fc.array(fc.array(edit, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
    await checkProperty('histories', fc.asyncProperty(steps, runHistory), HISTORIES)
  })
})

/**
 * Applies edits and runs step by step. After each step it materializes everything, and compares the
 * tables.
 */
async function runHistory(steps: readonly (readonly Edit[])[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'lake-history-'))
  const input = join(directory, 'input')
  for (const source of ['song_data', 'log_data']) mkdirSync(join(input, source), { recursive: true })
  try {
    const project = await openProject({ lake: join(directory, 'lake'), input }, ROOT)
    for (const edits of steps) {
      for (const one of edits) await apply(project, input, one)
      await materialize(project, { selection: [], only: false })
      expect(await rowsOf(project)).toEqual(linesOf(withBigintsIn(oracle(input).tables)))
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function apply(project: Project, input: string, one: Edit): Promise<void> {
  switch (one.kind) {
    case 'write':
      mkdirSync(dirname(join(input, one.file)), { recursive: true })
      writeFiles(input, { [one.file]: one.lines.join('\n') })
      return
    case 'remove':
      rmSync(join(input, one.file), { force: true })
      return
    case 'materialize':
      // With --only, the run rightly fails if an upstream is missing, or lacks a row to which a
      // check refers.
      await materialize(project, one).catch(() => undefined)
  }
}

async function materialize(
  project: Project,
  wanted: { readonly selection: readonly string[]; readonly only: boolean },
) {
  const errors: unknown[] = []
  const { status } = await runMaterialize(project, {
    ...{ ...wanted, allowEmpty: true },
    signal: new AbortController().signal,
    emit: (event) => event.type === 'step-finished' && event.error && errors.push(event.error),
  })
  if (!wanted.only) expect({ status, errors }).toEqual({ status: 'succeeded', errors: [] })
}

type Rows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

function linesOf(tables: Rows): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    TABLES.map((table) => [table, (tables[table] ?? []).map((row) => JSON.stringify(row)).sort()]),
  )
}

const withBigintsIn = (tables: ReturnType<typeof oracle>['tables']): Rows =>
  Object.fromEntries(Object.entries(tables).map(([table, rows]) => [table, rows.map(withBigints)]))

async function rowsOf(project: Project): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables: Record<string, readonly Readonly<Record<string, unknown>>[]> = {}
  await withSession(project, async (session) => {
    for (const table of TABLES) {
      const query = {
        sql: `from ${table}`,
        tables: new ProjectTables(project, { given: new Map(), run: undefined }),
        allowFiles: true,
      }
      tables[table] = await queryLake(session, query, async ({ columns, rows }) => {
        const all: Readonly<Record<string, unknown>>[] = []
        for await (const piece of rows) {
          for (const row of piece) {
            all.push(JSON.parse(toJson(Object.fromEntries(columns.map((name, index) => [name, row[index]])))))
          }
        }
        return all
      })
    }
  })
  return linesOf(tables)
}
