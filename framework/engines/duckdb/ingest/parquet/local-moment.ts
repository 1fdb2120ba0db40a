/** Writes as SQL which moment a local time means, by the offsets of a time zone. */
import type { Ambiguous } from '../../../../declare/reading/value-format.ts'
import { LAST_YEAR, YEAR_OF_CALENDAR, type ZoneOffsets } from '../../../../declare/reading/zone-offsets.ts'

/** Local times from `from` on, in seconds since 1970. `offset` is null if they are no moment. */
interface Span {
  readonly from: number
  readonly offset: number | null
}

const MILLION = 1_000_000

/**
 * The moment of a local time, which is a TIMESTAMP. Null if clocks skip the time, or if they show
 * it twice and `ambiguous` refuses that. The offsets are one constant, a list of spans for each
 * year, because DuckDB takes minutes to plan a tree of comparisons with them.
 */
export function localMoment(local: string, zone: ZoneOffsets, ambiguous: Ambiguous): string {
  const spans = spansOf(zone, ambiguous)
  const first = new Date((spans[1]?.from ?? 0) * 1000).getUTCFullYear() - 1
  const years = Array.from({ length: LAST_YEAR - first + 1 }, (_, index) => spansOfYear(spans, first + index))
  const constant = `CAST('[${years.map(listText).join(', ')}]' AS STRUCT(f BIGINT, o BIGINT)[][])`
  const ofYear = `${constant}[greatest(${yearSql(local)}, ${first}) - ${first - 1}]`
  const span = `list_filter(${ofYear}, lambda s: s.f <= ${sinceYear(local)})[-1]`
  return `TRY(make_timestamptz(epoch_us(${local}) - struct_extract(${span}, 'o')))`
}

/** Microseconds since the local year began. */
const sinceYear = (local: string): string => `epoch_us(${local}) - epoch_us(make_date(year(${local}), 1, 1))`

/** The year whose spans apply: after LAST_YEAR, an earlier year with the same calendar. */
function yearSql(local: string): string {
  const start = `make_date(year(${local}), 1, 1)`
  const isLeap = `dayofyear(make_date(year(${local}), 12, 31)) = 366`
  const years = Array.from({ length: YEAR_OF_CALENDAR.size }, (_, calendar) => YEAR_OF_CALENDAR.get(calendar))
  const later = `[${years.join(', ')}][dayofweek(${start}) + CASE WHEN ${isLeap} THEN 8 ELSE 1 END]`
  return `CASE WHEN year(${local}) > ${LAST_YEAR} THEN ${later} ELSE year(${local}) END`
}

/**
 * The spans of a year, in seconds since it began. The first one is in force when the year begins.
 */
function spansOfYear(spans: readonly Span[], year: number): readonly Span[] {
  const [start, end] = [Date.UTC(year, 0) / 1000, Date.UTC(year + 1, 0) / 1000]
  const before = spans.findLast(({ from }) => from <= start)
  const within = spans.filter(({ from }) => from > start && from < end)
  return [{ from: 0, offset: before?.offset ?? null }, ...within.map((span) => ({ ...span, from: span.from - start }))]
}

const listText = (spans: readonly Span[]): string =>
  `[${spans.map(({ from, offset }) => `{f: ${from * MILLION}, o: ${offset === null ? 'NULL' : offset * MILLION}}`).join(', ')}]`

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
