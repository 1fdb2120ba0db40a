/** Functions that parse and format dates and timestamps, and convert them between time zones. */
import { type RefusalWithRemedy, refused } from '../../../refusal.ts'
import { constantText } from '../../constant.ts'
import type { Expression } from '../../expression.ts'
import type { CallParts, Parameter, ScalarFunction } from '../../function.ts'
import { DATE, TEXT, TIMESTAMP, type ValueType } from '../../value-type.ts'
import { letting } from '../sql-fragments.ts'
import { patternText } from '../text/java-pattern.ts'
import { textParameter } from '../text/texts.ts'
import { escapedForRegex, type Field, FORMAT_FIELDS, MONTH_NAMES, type Piece, readFormat } from './format-fields.ts'
import { isTimeZone, zoneRemedy } from './time-zones.ts'
import { AT, MOMENT, withoutZone } from './times.ts'

const FORMAT: Parameter = { name: 'format', kinds: ['text'], constant: true }
const ZONE: Parameter = { name: 'zone', kinds: ['text'], constant: true }

const REMEDY = `use ${[...FORMAT_FIELDS.keys()].join(', ')}, and other letters between single quotes: yyyy-MM-dd'T'HH:mm:ss`

function formatProblem(format: Expression | undefined, check: (pieces: readonly Piece[]) => string | undefined) {
  const written = constantText(format) ?? ''
  const pieces = readFormat(written, FORMAT_FIELDS)
  const problem = typeof pieces === 'string' ? pieces : check(pieces)
  return problem === undefined
    ? undefined
    : refused(`the format ${JSON.stringify(written)} cannot be used: ${problem}`, REMEDY)
}

function piecesOf(format: Expression | undefined): readonly Piece[] {
  const pieces = readFormat(constantText(format) ?? '', FORMAT_FIELDS)
  if (typeof pieces === 'string') throw new Error(pieces)
  return pieces
}

const fieldsOf = (pieces: readonly Piece[]) => pieces.flatMap((piece) => ('field' in piece ? [piece] : []))

function unreadable(of: 'date' | 'timestamp') {
  return (pieces: readonly Piece[]): string | undefined => {
    const fields = fieldsOf(pieces)
    const twice = fields.find(({ field }, index) =>
      fields.some((other, at) => at > index && other.field.part === field.part),
    )
    if (twice) return `it has the ${twice.field.part} twice`
    const written = fields.find(({ field }) => field.pattern === undefined)
    if (written) return `${written.letters} can be written and not read`
    if (!fields.some(({ field }) => field.part === 'year')) return 'it has no year'
    const time = fields.find(({ field }) => TIME_PARTS.includes(field.part))
    return of === 'date' && time ? `a date has no ${time.field.part}` : undefined
  }
}

const TIME_PARTS: readonly Field['part'][] = ['hour', 'minute', 'second', 'fraction']

/**
 * Puts the fields together as ISO 8601 and casts that. If the text does not match, the digits are
 * missing and the cast fails.
 */
function parsed(type: ValueType) {
  return ([value = '']: readonly string[], _: unknown, { given, dialect }: CallParts): string => {
    const pieces = piecesOf(given[1])
    const source = `^${pieces.map((piece) => ('field' in piece ? `(${piece.field.pattern})` : escapedForRegex(piece.constant))).join('')}$`
    const pattern = patternText(source, dialect)
    return letting(dialect, value, (own) => {
      const fields = fieldsOf(pieces)
      const read = (part: Field['part'], otherwise: string) => {
        const at = fields.findIndex(({ field }) => field.part === part)
        const letters = fields[at]?.letters
        if (letters === undefined) return `'${otherwise}'`
        const found = `regexp_extract(${own}, ${pattern}, ${at + 1})`
        if (letters === 'MMM')
          return `lpad(CAST(${monthNumber(found, dialect.name)} AS ${dialect.typeName(TEXT)}), 2, '0')`
        return letters.length === 1 ? `lpad(${found}, 2, '0')` : found
      }
      const day = [read('year', ''), "'-'", read('month', '01'), "'-'", read('day', '01')]
      const time = [
        "' '",
        read('hour', '00'),
        "':'",
        read('minute', '00'),
        "':'",
        read('second', '00'),
        "'.'",
        read('fraction', '0'),
        "'Z'",
      ]
      const iso = (type.kind === 'date' ? day : [...day, ...time]).join(' || ')
      return `CAST(${iso} AS ${dialect.typeName(type)})`
    })
  }
}

/** The month of a name of three letters, by its position in the list of names. */
const monthNumber = (name: string, dialect: 'duckdb' | 'spark') => {
  const position = dialect === 'duckdb' ? 'strpos' : 'instr'
  return `CAST((${position}('${MONTH_NAMES.join('')}', ${name}) + 2) / 3 AS INT)`
}

const strftimeOf = (pieces: readonly Piece[]): string =>
  pieces.map((piece) => ('field' in piece ? piece.field.strftime : piece.constant.replaceAll('%', '%%'))).join('')

const javaFormatOf = (pieces: readonly Piece[]): string =>
  pieces.map((piece) => ('field' in piece ? piece.letters : `'${piece.constant.replaceAll("'", "''")}'`)).join('')

/**
 * Refuses an unknown zone. Names are case-sensitive, as in Java. An alias resolves to a zone of
 * another name.
 */
function zoneProblem(zone: Expression | undefined): RefusalWithRemedy | undefined {
  const name = constantText(zone) ?? ''
  if (isTimeZone(name)) return undefined
  return refused(`there is no time zone ${JSON.stringify(name)}`, zoneRemedy(name))
}

const MICROS_BEFORE = 26 * 3_600_000_000

/**
 * If clocks are set back and show a time twice, DuckDB returns the later moment. The earlier one
 * has the offset from before the change.
 */
const fromZoneInDuckDb = ([at = '']: readonly string[], _: unknown, { given, dialect }: CallParts): string => {
  const zone = dialect.text(constantText(given[1]) ?? '')
  return letting(dialect, at, (own) => {
    const late = `epoch_us(timezone(${zone}, make_timestamp(epoch_us(${own}))))`
    const before = `make_timestamptz(${late} - ${MICROS_BEFORE})`
    const early = `(epoch_us(${own}) - epoch_us(timezone(${zone}, ${before})) + epoch_us(${before}))`
    const shown = `epoch_us(timezone(${zone}, make_timestamptz(${early})))`
    return `make_timestamptz(CASE WHEN ${shown} = epoch_us(${own}) THEN ${early} ELSE ${late} END)`
  })
}

export const TIME_FORMATS: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'parse_date',
    parameters: [textParameter(), FORMAT],
    result: ([, format]) => formatProblem(format, unreadable('date')) ?? DATE,
    nulls: 'argument',
    meaning:
      'Reads the text as a date of the format. The month or day is the first if the format has none. The query fails if the text does not have the format. See the section on formats.',
    sql: parsed(DATE),
  },
  {
    kind: 'scalar',
    name: 'parse_timestamp',
    parameters: [textParameter(), FORMAT],
    result: ([, format]) => formatProblem(format, unreadable('timestamp')) ?? TIMESTAMP,
    nulls: 'argument',
    meaning:
      'Reads the text as a timestamp of the format, in UTC. The query fails if the text does not have the format.',
    sql: parsed(TIMESTAMP),
  },
  {
    kind: 'scalar',
    name: 'format',
    parameters: [AT, FORMAT],
    result: ([, format]) => formatProblem(format, () => undefined) ?? TEXT,
    nulls: 'argument',
    meaning: 'Writes the date or timestamp, in UTC, in the format. Names of months and weekdays are English.',
    sql: {
      duckdb: ([at = ''], [type], { given, dialect }) =>
        `strftime(${withoutZone(at, type)}, ${dialect.text(strftimeOf(piecesOf(given[1])))})`,
      spark: ([at = ''], _, { given, dialect }) =>
        `date_format(${at}, ${dialect.text(javaFormatOf(piecesOf(given[1])))})`,
    },
  },
  {
    kind: 'scalar',
    name: 'to_zone',
    parameters: [MOMENT, ZONE],
    result: ([, zone]) => zoneProblem(zone) ?? TIMESTAMP,
    nulls: 'argument',
    meaning:
      'The time that clocks in the zone show at the timestamp, as a timestamp of its own: 10:00Z in Europe/Berlin is 11:00Z in winter.',
    sql: {
      duckdb: ([at = ''], _, { given, dialect }) =>
        `make_timestamptz(epoch_us(timezone(${dialect.text(constantText(given[1]) ?? '')}, ${at})))`,
      spark: 'from_utc_timestamp($1, $2)',
    },
  },
  {
    kind: 'scalar',
    name: 'from_zone',
    parameters: [MOMENT, ZONE],
    result: ([, zone]) => zoneProblem(zone) ?? TIMESTAMP,
    nulls: 'argument',
    meaning:
      'The timestamp at which clocks in the zone show the value. If clocks are set back and show it twice, the earlier one. If clocks are set forward and never show it, the value is moved forward by the same time.',
    sql: { duckdb: fromZoneInDuckDb, spark: 'to_utc_timestamp($1, $2)' },
  },
]
