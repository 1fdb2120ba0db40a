/** Prints the result of `lake rollback`. */
import type { RolledBack } from '../../maintain/rollback.ts'
import { count, counted } from '../layout/format-numbers.ts'

export function rollbackText(key: string, to: number, { outcome, from, version, rows }: RolledBack): string {
  switch (outcome) {
    case 'unchanged':
      return `Nothing to do: version ${to} is the newest of ${key}.`
    case 'rolled-back':
      return [
        `Rolled ${key} back from version ${from} to the ${counted(rows, 'row')} of version ${to}, as version ${count(version)}.`,
        'Its downstreams are stale if its rows differ; `lake status` lists them. `lake materialize` builds newer rows again.',
      ].join('\n')
  }
}
