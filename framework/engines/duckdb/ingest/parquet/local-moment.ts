/** Writes as SQL which moment a local time means, by the offsets of a time zone. */
import type { Ambiguous } from '../../../../declare/reading/value-format.ts'
import { LAST_YEAR, YEAR_OF_CALENDAR, type ZoneOffsets } from '../../../../declare/reading/zone-offsets.ts'

/** Local times from `from` on, in seconds since 1970. `offset` is null for those of no moment. */
interface Span {
  readonly from: number
  readonly offset: number | null
}

const MILLION = 1_000_000

/**
 * Null for a local time that clocks skip, and, if `ambiguous` refuses it, for one that they show
 * twice. `local` is a TIMESTAMP.
 */
export function localMoment(local: string, zone: ZoneOffsets, ambiguous: Ambiguous): string {
  const spans = spansOf(zone, ambiguous)
  const micros = `TRY(epoch_us(${local}))`
  return `TRY(make_timestamptz(${micros} - ${offsetWithLater(local, micros, { spans, zone })}))`
}

interface SpansOfZone {
  readonly spans: readonly Span[]
  readonly zone: ZoneOffsets
}

/** Years after LAST_YEAR have the offsets of an earlier year with the same calendar. */
function offsetWithLater(local: string, micros: string, { spans, zone }: SpansOfZone): string {
  const offset = offsetSql(micros, spans)
  const earliest = yearStart(Math.min(...YEAR_OF_CALENDAR.values()))
  if ((zone.until.at(-1) ?? 0) < earliest) return offset
  const first = spans.findLastIndex(({ from }) => from <= earliest)
  const later = offsetSql(`(${micros} - ${distanceSql(local)})`, spans.slice(Math.max(0, first)))
  return `CASE WHEN ${micros} < ${BigInt(END) * BigInt(MILLION)} THEN ${offset} ELSE ${later} END`
}

const yearStart = (year: number): number => Date.UTC(year, 0) / 1000

/** How far the year of `local` is from the last one before LAST_YEAR that has the same calendar. */
function distanceSql(local: string): string {
  const start = `make_date(year(${local}), 1, 1)`
  const isLeap = `dayofyear(make_date(year(${local}), 12, 31)) = 366`
  const starts = [...YEAR_OF_CALENDAR].map(([calendar, year]) => `WHEN ${calendar} THEN ${yearStart(year) * MILLION}`)
  return `(epoch_us(${start}) - CASE dayofweek(${start}) + CASE WHEN ${isLeap} THEN 7 ELSE 0 END ${starts.join(' ')} END)`
}

/** A tree of comparisons, which finds the span in a logarithmic number of steps. */
function offsetSql(micros: string, spans: readonly Span[]): string {
  const [only, ...others] = spans
  if (others.length === 0) return only?.offset == null ? 'NULL' : `(${only.offset * MILLION})`
  const middle = spans.length >> 1
  const [low, high] = [spans.slice(0, middle), spans.slice(middle)]
  const bound = BigInt(high[0]?.from ?? 0) * BigInt(MILLION)
  return `CASE WHEN ${micros} < ${bound} THEN ${offsetSql(micros, low)} ELSE ${offsetSql(micros, high)} END`
}

const END = Date.UTC(LAST_YEAR + 1, 0) / 1000

function spansOf({ until, offsets }: ZoneOffsets, ambiguous: Ambiguous): readonly Span[] {
  const spans: Span[] = [{ from: Number.NEGATIVE_INFINITY, offset: offsets[0] ?? 0 }]
  for (const [index, at] of until.entries()) {
    if (at >= END) break
    const [before, after] = [offsets[index] ?? 0, offsets[index + 1] ?? 0]
    spans.push({ from: at + Math.min(before, after), offset: offsetBetween(before, after, ambiguous) })
    spans.push({ from: at + Math.max(before, after), offset: after })
  }
  return spans
}

/** The offset of the local times that clocks skip or show twice. */
function offsetBetween(before: number, after: number, ambiguous: Ambiguous): number | null {
  if (after > before || ambiguous === 'refuse') return null
  return ambiguous === 'earlier' ? before : after
}
