/** Runs `lake rollback`: commits a version that holds the rows of an earlier one. */
import { knownKey } from '../../../graph/selection.ts'
import { rollBack } from '../../../maintain/rollback.ts'
import { rollbackText } from '../../../report/tables/rollback-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'

interface RollbackValues {
  readonly asset: string
  /** A version. */
  readonly to: number
}

export async function rollbackCommand(context: CommandContext, values: RollbackValues): Promise<ExitStatus> {
  const { to } = values
  const { graph, storages } = await projectOf(context)
  const asset = knownKey(graph, values.asset)
  const rolledBack = await rollBack({ lake: storages.lake, key: asset, to, now: () => new Date() })
  context.terminal.print({
    document: () => ({ asset, to, ...rolledBack }),
    text: () => rollbackText(asset, to, rolledBack),
  })
  return 0
}
