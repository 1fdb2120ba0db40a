import { knownKey } from '../../../graph/selection.ts'
import { rollBack } from '../../../maintain/rollback.ts'
import { rollbackText } from '../../../report/tables/rollback-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { toJson } from '../../terminal.ts'

export interface RollbackFlags {
  readonly to: number
}

export async function rollbackCommand(
  context: CommandContext,
  key: string,
  { to }: RollbackFlags,
): Promise<ExitStatus> {
  const { terminal, flags } = context
  const { graph, places } = await projectOf(context)
  const asset = knownKey(graph, key)
  const rolledBack = await rollBack({ lake: places.lake, key: asset, to, now: () => new Date() })
  terminal.out(flags.json ? toJson({ asset, to, ...rolledBack }) : rollbackText(asset, to, rolledBack))
  return 0
}
