/**
 * A project with two songs and three plays, whose tables have a version 0, and helpers for tests of
 * versions.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { claimAssets } from '../../../framework/run/claims/claim-assets.ts'
import { newRunId } from '../../../framework/run/run-id.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { lake, writeFiles } from '../programs/lake-process.ts'
import { document } from '../programs/run-events.ts'
import { builtProject, PLACES } from './built-project.ts'
import { playLine, songLine } from './source-lines.ts'

/** Milliseconds since the epoch, in October and November 2018. */
export const OCTOBER = 1_540_000_000_000
const NOVEMBER = 1_542_837_407_796

/**
 * Two songs; two plays of user 8 in October, one of user 15 in November; and a line that is
 * refused.
 */
const INPUT = {
  'input/song_data/elena.json': songLine(),
  'input/song_data/camila.json': songLine({
    ...{ song_id: 'SO2', title: 'Bring Me', artist_id: 'AR2', artist_name: 'Camila', year: 2010, duration: 200.5 },
  }),
  'input/log_data/october.json': [0, 1]
    .map((item) => playLine({ ts: OCTOBER + item, itemInSession: item, sessionId: 10, userId: '8', level: 'free' }))
    .join('\n'),
  'input/log_data/november.json': playLine({ ts: NOVEMBER }),
  'input/log_data/refused.json': `${Array.from({ length: 120 }, () => playLine({ page: 'Home' })).join('\n')}\nno JSON`,
}
/** Lets user 8 pay from now on, so that log_data, songplays, time and users get a version 1. */
export const UPGRADE = {
  'input/log_data/december.json': playLine({ ts: NOVEMBER + 1e9, sessionId: 30, userId: '8', level: 'paid' }),
}

/** Gives each test its own copy of the project. */
export function versionedProject() {
  let copy = ''
  builtProject(INPUT, (directory) => {
    copy = directory
  })
  const directory = () => copy
  const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: copy })
  const json = (...args: string[]) => document(at(...args, '--json'))
  const inLake = (...path: string[]) => join(copy, 'tables', ...path)
  const rows = (sql: string, ...more: string[]) => JSON.parse(at('query', sql, '--json', ...more).stdout)
  const levels = (...more: string[]) => rows('select user_id, level from users order by 1', ...more)

  function materialize(...args: string[]): void {
    const { status, stderr } = at('materialize', ...args)
    expect(status, stderr).toBe(0)
  }

  function upgrade(): void {
    writeFiles(copy, UPGRADE)
    materialize()
  }

  /** Maps each asset to its state. */
  function states(): Readonly<Record<string, string>> {
    const { assets } = json('status')
    return Object.fromEntries(assets.map(({ key, state }: { key: string; state: string }) => [key, state]))
  }

  /** Claims assets as a run does, until the end of the test. */
  async function claim(...keys: string[]): Promise<string> {
    const runId = newRunId(new Date())
    const claims = await claimAssets(localStorage(inLake()), keys, runId)
    if (claims.kind === 'held-by-other') throw new Error(`held by ${claims.holder.runId}`)
    onTestFinished(() => claims.claims.release())
    return runId
  }

  /** Every file of the lake, except the files that released claims leave. */
  function files(): readonly string[] {
    const names = readdirSync(inLake(), { recursive: true, encoding: 'utf8' })
    return names.filter((name) => statSync(inLake(name)).isFile() && !/^_lake\/(claims|leases)\//.test(name)).toSorted()
  }

  return { directory, at, json, inLake, rows, levels, materialize, upgrade, states, claim, files }
}
