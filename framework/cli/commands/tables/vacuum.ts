/** Runs `lake vacuum`: deletes files that no kept version needs. */
import { durationMs } from '../../../declare/runs/duration.ts'
import { vacuum } from '../../../maintain/vacuum/vacuum.ts'
import { vacuumText } from '../../../report/tables/vacuum-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { scratchRoot } from '../../engines.ts'
import { interruptible } from '../../interrupt.ts'

/** The default of Delta's `delta.logRetentionDuration`. */
const KEEP_HISTORY = '30d'

interface VacuumValues {
  /** How long a version stays kept after it was the newest, in milliseconds. */
  readonly olderThan: number
  readonly dryRun?: boolean
}

export async function vacuumCommand(
  context: CommandContext,
  { olderThan, dryRun = false }: VacuumValues,
): Promise<ExitStatus> {
  const { graph, storages, config } = await projectOf(context)
  const vacuumed = await interruptible((signal) =>
    vacuum({
      lake: storages.lake,
      assets: graph.assets,
      olderThan,
      keepRuns: config.keepRuns && durationMs(config.keepRuns),
      keepHistory: durationMs(config.keepHistory ?? KEEP_HISTORY),
      dryRun,
      signal,
      scratchRoot: scratchRoot(storages.lake),
      now: () => new Date(),
    }),
  )
  context.terminal.print({ document: () => vacuumed, text: (page) => vacuumText(vacuumed, page) })
  return 0
}
