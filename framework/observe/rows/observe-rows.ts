/** Observes a source whose rows code gives. Never calls the function that gives the rows. */
import type { RowsFromCode } from '../../declare/rows/rows-from-code.ts'
import { durationMs } from '../../declare/runs/duration.ts'
import { LakeError } from '../../errors.ts'
import { isFromCode, type ResolvedAsset } from '../../graph/resolved-asset.ts'
import { printableLine } from '../../text/printable.ts'
import { redact } from '../../text/redact.ts'
import type { RowsCause } from '../cause.ts'
import type { RowsState } from '../provenance.ts'
import { codeContext, thrownText, untilAborted } from './code-context.ts'

/** What can be found out about the rows without reading them. */
export interface RowsObservation {
  readonly at: Date
  /** What the version function returned; undefined if the source declares none. */
  readonly version: string | undefined
}

/** Maximum length of a version, in characters. */
const MAX_VERSION = 1_000

/** Throws `rows-failed` if the version function fails or takes too long. */
export async function observeRows(key: string, rows: RowsFromCode): Promise<RowsObservation> {
  const { version, versionTimeout } = rows
  if (!version) return { at: new Date(), version: undefined }
  const late = new AbortController()
  const { signal } = late
  // Keeps the process alive, which the timer of AbortSignal.timeout would not do.
  const timer = setTimeout(() => late.abort(), durationMs(versionTimeout))
  try {
    const given = await untilAborted(version(codeContext(key, signal)), signal)
    return { at: new Date(), version: versionText(given) }
  } catch (error) {
    if (error instanceof LakeError) throw error
    const what = signal.aborted ? `took longer than ${versionTimeout}` : `failed: ${thrownText(error)}`
    throw new LakeError('rows-failed', {
      problem: `the version function of ${key} ${what}, so it is not known whether ${key} is stale`,
      remedy: 'Run the command again, or correct the function.',
      ...{ asset: key, cause: error, transient: true },
    })
  } finally {
    clearTimeout(timer)
  }
}

function versionText(given: unknown): string {
  const isGood = (typeof given === 'string' && given.length <= MAX_VERSION) || Number.isFinite(given)
  if (!isGood) throw new Error(`it returned neither a number nor a text of at most ${MAX_VERSION} characters`)
  return String(given)
}

/** Whether the asset is a source that is read only when a command names it. */
export function isReadOnDemand(asset: ResolvedAsset): boolean {
  if (!isFromCode(asset)) return false
  const { every, version } = asset.declared.rows
  return every === undefined && version === undefined
}

/** A published cursor, without what looks like a secret in it. */
export function shownCursor(cursor: string): unknown {
  try {
    return JSON.parse(redact(cursor))
  } catch {
    return redact(cursor)
  }
}

/** Why the rows are read. `state` is undefined if the newest version was not made from code. */
export function rowsCauses(
  { every }: RowsFromCode,
  state: RowsState | undefined,
  { at, version }: RowsObservation,
): readonly RowsCause[] {
  if (!state) return []
  const because = (message: string): RowsCause => ({ kind: 'rows-due', message })
  if (!state.complete) return [because('the last read was ended before all rows were read')]
  const isOld = every !== undefined && Date.parse(state.readAt) + durationMs(every) <= at.getTime()
  const differs = version !== undefined && version !== state.version
  return [
    ...(isOld ? [because(`last read at ${state.readAt}, and is read every ${every}`)] : []),
    ...(differs ? [because(versionMessage(state.version, version))] : []),
  ]
}

const versionMessage = (then: string | undefined, now: string): string =>
  then === undefined ? `its version is ${shown(now)}` : `its version changed from ${shown(then)} to ${shown(now)}`

const MAX_SHOWN = 60

const shown = (version: string): string =>
  printableLine(version.length <= MAX_SHOWN ? version : `${version.slice(0, MAX_SHOWN)}…`)
