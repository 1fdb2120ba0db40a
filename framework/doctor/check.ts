import { setTimeout as delay } from 'node:timers/promises'
import { LakeError } from '../errors.ts'
import { redact } from '../text/redact.ts'

export type DiagnosisStatus = 'ok' | 'warning' | 'failed' | 'not checked'

/** What was asked, and what was found. */
export interface Diagnosis {
  readonly name: string
  readonly status: DiagnosisStatus
  readonly found: string
  /** What to do about it; null where all is well, or there is nothing to do. */
  readonly remedy: string | null
}

/** A check that has no name yet. */
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

/** Longer than a question takes where all is well, and than S3 and EMR need to say that it is not. */
const LONGEST_MS = 20_000

export interface Probe {
  readonly name: string
  ask(): Promise<Finding>
  /** What to do where no answer comes. */
  readonly unanswered?: string
  /** Milliseconds that an answer may take. */
  readonly patience?: number
}

/** Asks, and never fails or hangs: an error is an answer, and so is none in time. */
export async function answerProbe({ name, ask, unanswered, patience = LONGEST_MS }: Probe): Promise<Diagnosis> {
  const answered = new AbortController()
  const late = delay(patience, undefined, { signal: answered.signal }).then(
    () => failed(`there was no answer within ${patience / 1000} s`, unanswered ?? 'Try again later.'),
    () => notChecked(''),
  )
  try {
    return { name, ...shown(await Promise.race([ask(), late])) }
  } catch (error) {
    return { name, ...shown(failure(error)) }
  } finally {
    answered.abort()
  }
}

/** Endpoints and commands may hold secrets. */
function shown({ status, found, remedy }: Finding): Finding {
  return { status, found: redact(found), remedy: remedy === null ? null : redact(remedy) }
}

/** One after the other, as far as an answer for which `stop` is true: the rest is pointless then. */
export async function answerProbes(
  questions: readonly Probe[],
  stop: (check: Diagnosis) => boolean = isFailed,
): Promise<readonly Diagnosis[]> {
  const checks: Diagnosis[] = []
  for (const question of questions) {
    const cause = checks.find(stop)
    checks.push(cause ? skipped(question.name, cause.name) : await answerProbe(question))
  }
  return checks
}

export function skipped(name: string, cause: string): Diagnosis {
  return { name, ...notChecked(`"${cause}" has to be well first`) }
}

/** An error as the answer. What is no LakeError is shown with its message alone. */
export function failure(error: unknown): Finding {
  if (!(error instanceof LakeError)) {
    return failed(error instanceof Error ? error.message : String(error), 'This is a bug, please report it.')
  }
  const [found, remedy] = foundAndRemedy(error.message)
  return failed(found, remedy)
}

/** Messages of errors say what happened and then what to do, in sentences of their own. */
export function foundAndRemedy(message: string): readonly [found: string, remedy: string] {
  let open = 0
  for (let index = 0; index < message.length - 2; index++) {
    const character = message[index]
    if (character === '(') open++
    if (character === ')') open--
    if (open <= 0 && character === '.' && /^\.\s+[A-Z`]/.test(message.slice(index, index + 8))) {
      return [message.slice(0, index + 1), message.slice(index + 1).trim()]
    }
  }
  return [message, 'Correct it, then run lake doctor again.']
}
