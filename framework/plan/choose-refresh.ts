/**
 * Chooses between following the changes of a table's upstreams and rebuilding the table, by what
 * each is estimated to cost. Pure: the same facts always give the same choice.
 */
import type { RefreshMode, RefreshSample } from '../observe/refresh-sample.ts'

export interface RefreshFacts {
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
 * Up to so many visits a rebuild is over before the difference matters. Such a table always follows
 * its upstreams.
 */
export const WORTH_CHOOSING = 100_000

/** A rebuild that is not cheaper by this much is no reason to lose the exact plan of an increment. */
const CLEARLY = 1.05

/** A few samples say little: the times for a visit in the two modes differ by at most this factor. */
const MOST_APART = 2

/** Milliseconds that the statements of a refresh take although they visit no rows. */
const STATEMENTS: Readonly<Record<'here' | 'elsewhere', Readonly<Record<RefreshMode, number>>>> = {
  here: { follow: 100, rebuild: 30 },
  elsewhere: { follow: 8000, rebuild: 1500 },
}

const statementsOf = (engine: string) => STATEMENTS[engine === 'duckdb' ? 'here' : 'elsewhere']

/** Milliseconds of a visit where nothing is known of the table, and at least. */
const VISIT = { unknown: 40e-6, least: 5e-6 }

export function chooseRefresh({ visits, samples }: RefreshFacts): RefreshChoice {
  const engine = samples.at(-1)?.engine ?? 'duckdb'
  const perVisit = visitTimes(samples.filter((sample) => sample.engine === engine))
  const expected = (mode: RefreshMode) => statementsOf(engine)[mode] + visits[mode] * perVisit[mode]
  const [follow, rebuild] = [expected('follow'), expected('rebuild')]
  const mode = follow > rebuild * CLEARLY ? 'rebuild' : 'follow'
  return { mode, reason: `following would take about ${seconds(follow)}, a rebuild ${seconds(rebuild)}` }
}

/**
 * Milliseconds of a visit in each mode, by the fastest refresh: other work on the machine makes one
 * slower than it has to be, and nothing makes it faster. Without any, those of the other mode.
 */
function visitTimes(samples: readonly RefreshSample[]): Readonly<Record<RefreshMode, number>> {
  const fastest = (mode: RefreshMode): number | undefined => {
    const times = samples
      .filter((sample) => sample.mode === mode && sample.visits > 0)
      .map(({ engine, milliseconds, visits }) => (milliseconds - statementsOf(engine)[mode]) / visits)
    return times.length === 0 ? undefined : Math.max(VISIT.least, Math.min(...times))
  }
  const rebuild = fastest('rebuild') ?? fastest('follow') ?? VISIT.unknown
  const follow = fastest('follow') ?? rebuild
  return { rebuild, follow: Math.min(rebuild * MOST_APART, Math.max(rebuild / MOST_APART, follow)) }
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`
