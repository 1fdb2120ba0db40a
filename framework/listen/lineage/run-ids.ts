/** Makes the UUIDs that OpenLineage requires as IDs of runs. */
import { hash } from 'node:crypto'

/**
 * The same names give the same UUID (of version 8), so that events of one run can be sent by
 * several processes.
 */
export function uuidOf(...names: readonly string[]): string {
  const digits = hash('sha256', names.join('/'))
  const variant = ((Number.parseInt(digits.charAt(16), 16) & 3) | 8).toString(16)
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    variant + digits.slice(17, 20),
    digits.slice(20, 32),
  ]
  return parts.join('-')
}
