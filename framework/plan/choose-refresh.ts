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
 * Up to so many visits, those of its statements included, a rebuild is over before the difference
 * matters. Such a table always follows its upstreams.
 */
export const WORTH_CHOOSING = 1_100_000

/** A rebuild that is not cheaper by this much is no reason to lose the exact plan of an increment. */
const CLEARLY = 1.05

/** A few samples say little: the times for a visit in the two modes differ by at most this factor. */
const MOST_APART = 2

export function chooseRefresh({ visits, samples }: RefreshFacts): RefreshChoice {
  const [follow, rebuild] = [expected('follow', visits, samples), expected('rebuild', visits, samples)]
  const mode = follow.cost > rebuild.cost * CLEARLY ? 'rebuild' : 'follow'
  const known = follow.isTime && rebuild.isTime
  const described = known
    ? [seconds(follow.cost), seconds(rebuild.cost)]
    : [`the work of reading ${rows(visits.follow)} rows`, `that of ${rows(visits.rebuild)}`]
  return { mode, reason: `following would take about ${described[0]}, a rebuild ${described[1]}` }
}

interface Expected {
  readonly cost: number
  /** Whether the cost is in milliseconds. Else it is in visits. */
  readonly isTime: boolean
}

/**
 * The visits, at the speed of the fastest of the earlier refreshes in this mode: other work on the
 * machine makes a refresh slower than it has to be, and nothing makes it faster. Without any, the
 * speed of the other mode.
 */
function expected(mode: RefreshMode, visits: RefreshFacts['visits'], samples: readonly RefreshSample[]): Expected {
  const { engine } = samples.at(-1) ?? {}
  const comparable = samples.filter((sample) => sample.engine === engine && sample.visits > 0)
  const perVisit = (which: RefreshMode) =>
    Math.min(
      ...comparable.filter((sample) => sample.mode === which).map((sample) => sample.milliseconds / sample.visits),
    )
  const [own, other] = mode === 'follow' ? (['follow', 'rebuild'] as const) : (['rebuild', 'follow'] as const)
  const [ownTime, otherTime] = [perVisit(own), perVisit(other)]
  if (!Number.isFinite(ownTime)) {
    const isTime = Number.isFinite(otherTime)
    return { cost: visits[mode] * (isTime ? otherTime : 1), isTime }
  }
  const [least, most] = [otherTime / MOST_APART, otherTime * MOST_APART]
  const bounded = Number.isFinite(otherTime) ? Math.min(most, Math.max(least, ownTime)) : ownTime
  return { cost: visits[mode] * bounded, isTime: true }
}

const seconds = (milliseconds: number): string => `${Math.max(0.01, milliseconds / 1000).toFixed(2)} s`

/** Two digits are as exact as the estimate is. */
const rows = (count: number): string =>
  Number(count.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 0 })
