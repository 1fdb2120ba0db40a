/** Warns about keys of a source's rows that differ from its columns. */
import type { DriftedKey, KeyDrift } from '../../ingest/keys/key-drift.ts'
import { count, counted } from '../../text/counted.ts'
import { printableLine } from '../../text/printable.ts'

const MAX_NAMED = 5

/** The most important warning comes first. */
export function driftWarnings(drift: KeyDrift | undefined): readonly string[] {
  if (!drift) return []
  const { unknown, unnamed, more, bare, absent, rows } = drift
  const [twins, others] = [
    unknown.filter(({ like }) => like !== undefined),
    unknown.filter(({ like }) => like === undefined),
  ]
  const gone = absent.filter(({ since }) => since === 'last-read').map(({ column }) => column)
  return [
    ...(bare > 0
      ? [`${count(bare)} of ${counted(rows, 'row')} ${bare === 1 ? 'has' : 'have'} no key that a column takes`]
      : []),
    ...(gone.length > 0 ? [`no row of the files that were read last has ${listed(gone)}`] : []),
    ...twins.slice(0, MAX_NAMED).map(twinWarning(rows)),
    ...unknownWarning(others, unnamed + (more > 0 ? 1 : 0)),
  ]
}

const twinWarning =
  (rows: number) =>
  ({ key, like = '', rows: having }: DriftedKey): string =>
    `the key ${shown(key)}, in ${count(having)} of ${counted(rows, 'row')}, differs only in case from ${shown(like)}, which a column takes`

function unknownWarning(keys: readonly DriftedKey[], unnamed: number): readonly string[] {
  if (keys.length + unnamed === 0) return []
  const names = listed(
    keys.map(({ key }) => key),
    unnamed,
  )
  return [`no column takes ${keys.length + unnamed === 1 ? 'the key' : 'the keys'} ${names}`]
}

function listed(names: readonly string[], unnamed = 0): string {
  const named = names.slice(0, MAX_NAMED).map(shown).join(', ')
  return names.length + unnamed > MAX_NAMED ? `${named}, ...` : named
}

const shown = (key: string): string => printableLine(key === '' ? '""' : key)
