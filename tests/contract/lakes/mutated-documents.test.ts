/**
 * The tests change a document of a lake at random. Each reader then returns a value or says what is
 * wrong, and accepts only the run's own id as the id of a run.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { openProject, type Project } from '../../../framework/cli/project/project.ts'
import { loadStatus } from '../../../framework/cli/status-report.ts'
import { history } from '../../../framework/delta/history.ts'
import { lakeClusterOwners } from '../../../framework/engines/spark/emr/clusters/cluster-owners.ts'
import { lakeIntents } from '../../../framework/engines/spark/emr/clusters/intents.ts'
import { Mailbox } from '../../../framework/engines/spark/protocol/mailbox.ts'
import { LakeError } from '../../../framework/errors.ts'
import { findBegunRead } from '../../../framework/execute/ingest/begun-read.ts'
import { readRejects } from '../../../framework/ingest/rejects.ts'
import { vacuum } from '../../../framework/maintain/vacuum/vacuum.ts'
import { observeTable } from '../../../framework/observe/observe.ts'
import { plainPaint } from '../../../framework/report/layout/page.ts'
import { foldRun } from '../../../framework/report/run/run-view.ts'
import { runListText, runText } from '../../../framework/report/run/runs-text.ts'
import { statusText } from '../../../framework/report/status-text.ts'
import { historyText } from '../../../framework/report/tables/history-text.ts'
import { claimAssets } from '../../../framework/run/claims/claim-assets.ts'
import { openClaims } from '../../../framework/run/claims/open-claims.ts'
import { isRunId } from '../../../framework/run/run-id.ts'
import { listRuns, readRun } from '../../../framework/run/run-log.ts'
import { lake, sharedDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { copyProject } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { checkProperty } from '../../support/random/property.ts'

const RUN = '20181121T215647796Z-0000aa'
const PAST = '2018-11-21T21:56:47.796Z'
const page = { width: 120, paint: plainPaint, now: new Date(PAST) }

const directory = sharedDirectory()
const inLake = (path: string) => join(directory, 'tables', path)
let project: Project
let documents: readonly string[] = []

beforeAll(async () => {
  copyProject(directory)
  writeFiles(directory, {
    'input/song_data/a.json': songLine(),
    'input/log_data/a.json': `${Array.from({ length: 120 }, (_, item) => playLine({ itemInSession: item })).join('\n')}\nno JSON`,
  })
  const storages = ['--lake', 'tables', '--input', 'input']
  expect(lake(['materialize', ...storages], { cwd: directory }).status).toBe(0)
  expect(lake(['materialize', '--full', 'songs', ...storages], { cwd: directory }).status).toBe(0)
  writeFiles(inLake(''), {
    '_lake/claims/songs.00000099.json': JSON.stringify({
      key: 'songs',
      runId: RUN,
      host: 'h',
      pid: 1,
      expiresAt: PAST,
    }),
    '_lake/failures/time.json': JSON.stringify({ runId: RUN, at: PAST, error: { code: 'query-failed', message: 'm' } }),
    '_lake/sources/song_data/begun/begun.json': JSON.stringify({
      ...{ format: 1, id: '7f1f4a1e-5d0b-4c39-9a55-0d2b1c3f4e5a', code: 'c', sizes: [1, 2], hasRejects: true },
    }),
    [`_lake/spark/clusters/${RUN}.json`]: JSON.stringify({ holder: RUN }),
    [`_lake/spark/intents/lake_${RUN}/songs/1.json`]: JSON.stringify({ clusterId: 'j-1', ours: true }),
    [`_lake/spark/${RUN}/session-1/0.result.json`]: JSON.stringify({ status: 'succeeded', value: { files: [] } }),
  })
  project = await openProject({ lake: inLake(''), input: join(directory, 'input') }, directory)
  const items = await project.storages.lake.inventory('')
  documents = items.map(({ path }) => path).filter((path) => /\.(json|ndjson|json\.gz|ndjson\.gz)$/.test(path))
  expect(documents.length).toBeGreaterThan(15)
})

type Path = readonly (string | number)[]

/** The paths of all values in a document. */
function placesIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([name, part]) => placesIn(part, [...path, name]))]
}

function changedAt(value: unknown, [name, ...rest]: Path, changed: unknown): unknown {
  if (name === undefined) return changed
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>
  const part = changedAt(copy[name], rest, changed)
  if (part === undefined) delete copy[name]
  else copy[name] = part
  return copy
}

const HOSTILE = [
  undefined,
  null,
  [],
  {},
  '',
  '..',
  '../../../victim',
  '/victim',
  '_lake/sources/song_data/../../../victim',
  `${RUN}/..`,
  '\u001b[2J\nforged',
  'constructor',
  '__proto__',
  -1,
  0.5,
  1e308,
  true,
  [null],
  { __proto__: null },
] as const

/** A change of the text itself, or of a value in one of its lines. */
const mutation = fc.record({
  document: fc.nat(),
  line: fc.nat(),
  place: fc.nat(),
  into: fc.oneof(fc.constantFrom(...HOSTILE), fc.jsonValue()),
  cut: fc.option(fc.nat(), { nil: undefined, freq: 6 }),
})

function mutated(
  text: string,
  { line, place, into, cut }: typeof mutation extends fc.Arbitrary<infer M> ? M : never,
): string {
  if (cut !== undefined) return text.slice(0, cut % (text.length + 1))
  const lines = text.trimEnd().split('\n')
  const chosen = line % lines.length
  const value: unknown = JSON.parse(lines[chosen] ?? 'null')
  const all = placesIn(value)
  const changed = changedAt(value, all[place % all.length] ?? [], into)
  return lines.toSpliced(chosen, 1, changed === undefined ? '' : JSON.stringify(changed)).join('\n')
}

/** Each reader returns a value, or throws an error with a message for people. */
function readers(): readonly (() => Promise<unknown>)[] {
  const { lake: storage } = project.storages
  const assets = project.graph.assets
  return [
    async () => statusText(await loadStatus(project), page),
    async () => {
      const views = await Promise.all((await listRuns(storage)).map(async (id) => foldRun(await readRun(storage, id))))
      const known = views.flatMap((view) => view ?? [])
      return [runListText(known, page), ...known.map((view) => runText(view, page))]
    },
    async () => {
      const { live, dead } = await openClaims(storage)
      for (const { runId } of [...live, ...dead]) expect(isRunId(runId)).toBe(true)
    },
    async () => {
      const claim = await claimAssets(storage, ['songs'], RUN)
      if (claim.kind === 'claimed') {
        expect(claim.deadRuns.every(isRunId)).toBe(true)
        await claim.claims.release()
      }
    },
    () =>
      vacuum({
        keepHistory: Number.POSITIVE_INFINITY,
        ...{ lake: storage, assets, olderThan: 0, dryRun: true, scratchRoot: inLake('_lake/scratch') },
        ...{ now: () => new Date(), signal: new AbortController().signal },
      }),
    ...assets.map(({ key }) => async () => {
      const state = await observeTable(storage, key)
      const rejects = state?.provenance.source?.rejects
      return rejects === undefined ? undefined : readRejects(storage, rejects, key)
    }),
    ...assets.map(
      ({ key }) =>
        async () =>
          historyText(key, { entries: (await history(storage, key)) ?? [], limit: 100 }, page),
    ),
    async () => {
      for (const { runId, owner } of await lakeClusterOwners(storage).all()) {
        expect(`${runId}${owner}`).toMatch(/^[\w-]+$/)
      }
    },
    async () => {
      const begun = await findBegunRead(storage, 'song_data')
      if (begun.kind === 'read') expect(begun.value.id).toMatch(/^[0-9a-f-]{36}$/i)
    },
    () => lakeIntents(storage).read(`lake ${RUN}/songs/1`),
    () => new Mailbox(storage, `_lake/spark/${RUN}/session-1`).resultNow('0'),
  ]
}

it('changed documents are read as a value or refused with a LakeError, and lead to no other file', async () => {
  await checkProperty(
    'mutated documents',
    fc.asyncProperty(mutation, async (change) => {
      const path = documents[change.document % documents.length] ?? ''
      const before = readFileSync(inLake(path))
      const isPacked = path.endsWith('.gz')
      const text = (isPacked ? gunzipSync(before) : before).toString()
      const changed = mutated(text, change)
      writeFileSync(inLake(path), isPacked ? gzipSync(changed) : changed)
      try {
        for (const read of readers()) {
          await read().catch((error: unknown) => {
            if (!(error instanceof LakeError)) throw error
          })
        }
      } finally {
        writeFileSync(inLake(path), before)
        rmSync(inLake('_lake/claims'), { recursive: true })
        mkdirSync(inLake('_lake/claims'))
        writeFileSync(
          inLake('_lake/claims/songs.00000099.json'),
          JSON.stringify({ key: 'songs', runId: RUN, host: 'h', pid: 1, expiresAt: PAST }),
        )
      }
    }),
    60,
  )
})
