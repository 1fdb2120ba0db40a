/** Runs `lake check`: runs the checks of tables over their current rows, and publishes nothing. */
import { type Checked, checkSelected } from '../../../maintain/check-tables.ts'
import { checkedText, checkSummary } from '../../../report/tables/checked-text.ts'
import { systemTiming } from '../../../run/timing.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { withEngine } from '../../engines.ts'
import { interruptible } from '../../interrupt.ts'
import type { Project } from '../../project/project.ts'

interface CheckValues {
  readonly selection: readonly string[]
}

/** Exits with 1 if a check of severity error finds rows, or if a check cannot run. */
export async function checkCommand(context: CommandContext, { selection }: CheckValues): Promise<ExitStatus> {
  const { terminal, flags } = context
  const project = await projectOf(context)
  const { graph, storages } = project
  const page = terminal.page()
  const checked = await interruptible((signal) =>
    withEngine(project, (engine) =>
      checkSelected({
        graph,
        storages,
        selection,
        engine,
        signal,
        now: () => new Date(),
        done: (one) => {
          if (!flags.json) terminal.out(checkedText(one, page))
        },
      }),
    ),
  )
  await reportToHooks(project, checked, (problem) => terminal.note(problem))
  terminal.print({ document: () => ({ assets: checked }), text: () => checkSummary(checked) })
  return checked.some(isBad) ? 1 : 0
}

/** Loads hooks only if the config has some and a check failed. */
async function reportToHooks(
  { config, storages }: Project,
  checked: readonly Checked[],
  report: (problem: string) => void,
): Promise<void> {
  const { hooks = [] } = config
  if (hooks.length === 0 || checked.every(({ checks }) => checks.length === 0)) return
  const [{ sendToHooks }, { failedCheckMessages }] = await Promise.all([
    import('../../../listen/hooks/open-hooks.ts'),
    import('../../../listen/hooks/hook-messages.ts'),
  ])
  const at = systemTiming.now().toISOString()
  const messages = checked.flatMap(({ key, checks }) =>
    failedCheckMessages(checks, { runId: null, lake: storages.lake.uri, asset: key, at }),
  )
  await sendToHooks(hooks, messages, { timing: systemTiming, report })
}

const isBad = ({ result }: Checked): boolean => result === 'failed' || result === 'not-checked'
