/**
 * Chooses between following the changes of a table's upstreams and rebuilding the table, by what
 * each is estimated to cost. Pure: the same facts always give the same choice.
 */
import type { RefreshMode, RefreshSample } from '../observe/refresh-sample.ts'

export interface RefreshFacts {
  /** The engine that runs the refresh. */
  readonly engine: string
  /** The rows that the engine is estimated to visit in each mode. */
  readonly visits: Readonly<Record<RefreshMode, number>>
  /** The last refreshes of the table, the newest last. */
  readonly samples: readonly RefreshSample[]
}

export interface RefreshChoice {
  readonly mode: RefreshMode
  /** `following would take about 1.9 s, a rebuild 0.4 s` */
  readonly reason: string
}

/**
 * Minimum number of visits of a rebuild at which the cheaper mode is chosen. In this process a
 * smaller rebuild ends before the difference matters, so its table always follows its upstreams.
 * Elsewhere the statements of an increment take seconds, even for few rows.
 */
const WORTH_CHOOSING = { here: 100_000, elsewhere: 1 } as const

/** Whether a rebuild with this number of visits takes long enough to compare it with following. */
export const isWorthChoosing = (engine: string, visits: number): boolean => visits >= WORTH_CHOOSING[siteOf(engine)]

/**
 * A rebuild has to be cheaper by this factor, because the exact plan of an increment has a value
 * too.
 */
const CLEARLY = 1.05

/** Milliseconds that the statements of a refresh take without any visits. */
const STATEMENTS: Readonly<Record<EngineSite, Readonly<Record<RefreshMode, number>>>> = {
  here: { follow: 100, rebuild: 30 },
  elsewhere: { follow: 8000, rebuild: 1500 },
}

/** Whether statements run in this process. */
type EngineSite = 'here' | 'elsewhere'

const siteOf = (engine: string): EngineSite => (engine === 'duckdb' ? 'here' : 'elsewhere')

/**
 * Factors by which a table's own increments can lower or raise the usual time of their statements.
 */
const LEARNED = { least: 0.5, most: 5 }

/** Milliseconds of a visit if nothing is known of the table, and the minimum. */
const VISIT = { unknown: 40e-6, least: 5e-6 }

export function chooseRefresh({ engine, visits, samples }: RefreshFacts): RefreshChoice {
  const comparable = samples.filter((sample) => sample.engine === engine)
  const usual = STATEMENTS[siteOf(engine)]
  const perVisit = visitTime(comparable, usual.rebuild)
  const follow = incrementStatements(comparable, { perVisit, usual: usual.follow }) + visits.follow * perVisit
  const rebuild = usual.rebuild + visits.rebuild * perVisit
  const mode = follow > rebuild * CLEARLY ? 'rebuild' : 'follow'
  return { mode, reason: `following would take about ${seconds(follow)}, a rebuild ${seconds(rebuild)}` }
}

const inMode = (samples: readonly RefreshSample[], mode: RefreshMode) =>
  samples.filter((sample) => sample.mode === mode && sample.visits > 0)

/**
 * Milliseconds of a visit in the fastest rebuild. Other work on the machine can make a rebuild
 * slower than necessary, but nothing makes it faster.
 */
function visitTime(samples: readonly RefreshSample[], statements: number): number {
  const times = inMode(samples, 'rebuild').map(({ milliseconds, visits }) => (milliseconds - statements) / visits)
  return times.length === 0 ? VISIT.unknown : Math.max(VISIT.least, Math.min(...times))
}

interface Usual {
  readonly perVisit: number
  readonly usual: number
}

/** Milliseconds that the fastest of the table's increments took beyond its visits. */
function incrementStatements(samples: readonly RefreshSample[], { perVisit, usual }: Usual): number {
  const rests = inMode(samples, 'follow').map(({ milliseconds, visits }) => milliseconds - visits * perVisit)
  if (rests.length === 0) return usual
  return Math.min(LEARNED.most * usual, Math.max(LEARNED.least * usual, Math.min(...rests)))
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`
