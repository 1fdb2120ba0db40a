/** Runs `lake run ID --follow`: shows a run of another process until its end. */
import { tailRun } from '../../../run/progress/tail-run.ts'
import { systemTiming } from '../../../run/timing.ts'
import type { Storage } from '../../../storage/storage.ts'
import { type CommandContext, type ExitStatus, runStatus } from '../../context.ts'
import { interruptible } from '../../interrupt.ts'
import { progressSink } from './progress-sink.ts'

/** The status is that of the run. A run whose process was killed counts as interrupted. */
export function tailCommand(context: CommandContext, lake: Storage, runId: string): Promise<ExitStatus> {
  const { note } = context.terminal
  return interruptible(async (signal) => {
    const sink = await progressSink(context, lake)
    const end = await tailRun({ lake, runId, timing: systemTiming, signal }, sink.emit).finally(() => sink.finish())
    switch (end.kind) {
      case 'ended':
        return runStatus(end)
      case 'dead':
        note(`run ${runId} was killed; \`lake run resume ${runId}\` does the rest`)
        return 130
      case 'left':
        note(`run ${runId} goes on; \`lake run ${runId} --follow\` follows it again`)
        return 130
    }
  })
}
