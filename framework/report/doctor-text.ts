/** Prints the checks of `lake doctor` as text and as JSON. */
import type { Diagnosis, DiagnosisStatus } from '../doctor/check.ts'
import { printable } from '../text/printable.ts'
import { counted } from './layout/format-numbers.ts'
import type { Page, Tone } from './layout/page.ts'
import { tableLines } from './layout/text-table.ts'

/** Writes one line for each check, and the remedy below each check that is not ok. */
export function doctorText(checks: readonly Diagnosis[], page: Page): string {
  const columns = [{ title: 'check' }, { title: 'status' }, { title: 'found' }]
  const rows = checks.flatMap(({ name, status, found, remedy }) => [
    [{ text: name, tone: 'strong' } as const, { text: status, tone: TONES[status] }, printable(found)],
    ...(remedy === null ? [] : [['', '', { text: `-> ${printable(remedy)}`, tone: 'dim' } as const]]),
  ])
  return [...tableLines(columns, rows, page, 'wrap'), '', summary(checks)].join('\n')
}

/** `{"checks": [{"name", "status", "found", "remedy"}]}` */
export function doctorDocument(checks: readonly Diagnosis[]) {
  return { checks: checks.map(({ name, status, found, remedy }) => ({ name, status, found, remedy })) }
}

const TONES: Readonly<Record<DiagnosisStatus, Tone>> = {
  ok: 'good',
  warning: 'warn',
  failed: 'bad',
  'not checked': 'dim',
}

function summary(checks: readonly Diagnosis[]): string {
  const count = (status: DiagnosisStatus) => checks.filter((check) => check.status === status).length
  const parts = (['ok', 'warning', 'failed', 'not checked'] as const).flatMap((status) =>
    count(status) > 0 ? [`${count(status)} ${status}`] : [],
  )
  return `${counted(checks.length, 'check')}: ${parts.join(', ')}`
}
