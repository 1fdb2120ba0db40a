/** Distinguishes failures that a Parquet file causes from all others. */
import { StatementFailed } from '../../duckdb-session.ts'
import { mayBeDamage } from '../../files/damaged-file.ts'

/** Errors of this machine, which can succeed later or elsewhere. */
const OF_THE_MACHINE =
  /^(?:(?:Out of Memory|Interrupt|Permission) Error|IO Error: (?:Could not|Cannot) (?:write|create|open)|IO Error: .{0,500}(?:No space left|Too many open files|Input\/output error))/i

export const isOfTheMachine = ({ message }: StatementFailed): boolean => OF_THE_MACHINE.test(message)

/** Whether the content of a file can be the cause. */
export const isOfTheFile = (error: unknown): boolean =>
  error instanceof StatementFailed && mayBeDamage(error) && !isOfTheMachine(error)

/** DuckDB's first sentence, without the kind of the error and the name of the local file. */
export function firstSentence(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : '').split('\n')
  const said = first
    .replace(/^[A-Z][\w ]+ Error: (?:Failed to read (?:Parquet )?file "[^"]*": )?/, '')
    .replaceAll(/(?:Parquet )?file "[^"]*"/gi, 'the file')
    .replaceAll(/(?:"[^"]*\/[^"]*"|'[^']*\/[^']*'|\S*\/\S+)/g, 'the file')
  return `the Parquet file cannot be read: ${said}`
}
