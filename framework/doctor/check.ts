/** Runs the probes of `lake doctor`, and makes a diagnosis of each result. */
import { setTimeout as delay } from 'node:timers/promises'
import { LakeError, messageOf } from '../errors.ts'
import { redact } from '../text/redact.ts'

export type DiagnosisStatus = 'ok' | 'warning' | 'failed' | 'not checked'

/** A check with its result. */
export interface Diagnosis {
  readonly name: string
  readonly status: DiagnosisStatus
  readonly found: string
  /** What to do about it. null if the check is ok, or if nothing can be done. */
  readonly remedy: string | null
}

/** The result of a check, without its name. */
export type Finding = Omit<Diagnosis, 'name'>

export const ok = (found: string): Finding => ({ status: 'ok', found, remedy: null })
export const warning = (found: string, remedy: string): Finding => ({ status: 'warning', found, remedy })
export const failed = (found: string, remedy: string): Finding => ({ status: 'failed', found, remedy })
export const notChecked = (found: string, remedy: string | null = null): Finding => ({
  status: 'not checked',
  found,
  remedy,
})

export const isFailed = ({ status }: Diagnosis): boolean => status === 'failed'

/** How long to wait for a probe: longer than S3 and EMR need to report a problem. */
const MAX_WAIT_MS = 20_000

export interface Probe {
  readonly name: string
  ask(): Promise<Finding>
  /** The remedy if the probe does not answer in time. */
  readonly unanswered?: string
  /** How long to wait for an answer, in milliseconds. */
  readonly patience?: number
}

/** Runs a probe. Never throws or hangs: an error and a late answer are failed checks. */
export async function answerProbe({ name, ask, unanswered, patience = MAX_WAIT_MS }: Probe): Promise<Diagnosis> {
  const answered = new AbortController()
  const late = delay(patience, undefined, { signal: answered.signal }).then(
    () => failed(`no answer came within ${patience / 1000} s`, unanswered ?? 'Try again later.'),
    () => notChecked(''),
  )
  try {
    return { name, ...redacted(await Promise.race([ask(), late])) }
  } catch (error) {
    return { name, ...redacted(failure(error)) }
  } finally {
    answered.abort()
  }
}

/** Removes secrets: endpoints and commands can contain them. */
function redacted({ status, found, remedy }: Finding): Finding {
  return { status, found: redact(found), remedy: remedy === null ? null : redact(remedy) }
}

/** Runs probes one after the other. After a result for which `stop` is true, skips the rest. */
export async function answerProbes(
  probes: readonly Probe[],
  stop: (check: Diagnosis) => boolean = isFailed,
): Promise<readonly Diagnosis[]> {
  const checks: Diagnosis[] = []
  for (const probe of probes) {
    const cause = checks.find(stop)
    checks.push(cause ? skipped(probe.name, cause.name) : await answerProbe(probe))
  }
  return checks
}

export function skipped(name: string, cause: string): Diagnosis {
  return { name, ...notChecked(`"${cause}" has to be ok first`) }
}

/** Turns an error into a result. For an error that is not a LakeError, shows only the message. */
export function failure(error: unknown): Finding {
  if (!(error instanceof LakeError)) {
    return failed(messageOf(error), 'This is a bug, please report it.')
  }
  const { message, problem, remedy } = error
  return remedy === undefined
    ? failed(message, 'Correct it, then run `lake doctor` again.')
    : failed(`${problem}.`, remedy)
}
