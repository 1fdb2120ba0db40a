import type { RolledBack } from '../../maintain/rollback.ts'
import { count, counted } from '../layout/format-numbers.ts'

/** What `lake rollback` prints. */
export function rollbackText(key: string, to: number, { outcome, from, version, rows }: RolledBack): string {
  switch (outcome) {
    case 'unchanged':
      return `Nothing to do: version ${to} is the newest of ${key}.`
    case 'rolled-back':
      return [
        `Rolled ${key} back from version ${from} to what version ${to} holds, ${counted(rows, 'row')}: version ${count(version)}.`,
        'What depends on it is stale where its rows differ; lake status says what is. lake materialize builds newer rows again.',
      ].join('\n')
  }
}
