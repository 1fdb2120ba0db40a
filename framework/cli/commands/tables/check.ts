/** Runs `lake check`: runs the checks of tables over their current rows, and publishes nothing. */
import { type Checked, checkSelected } from '../../../maintain/check-tables.ts'
import { checkedText, checkSummary } from '../../../report/tables/checked-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { withEngine } from '../../engines.ts'
import { interruptible } from '../../interrupt.ts'

export interface CheckValues {
  readonly selection: readonly string[]
}

/** Exits with 1 if a check of severity error finds rows, or if a check cannot run. */
export async function checkCommand(context: CommandContext, { selection }: CheckValues): Promise<ExitStatus> {
  const { terminal, flags } = context
  const project = await projectOf(context)
  const { graph, places } = project
  const page = terminal.page()
  const checked = await interruptible((signal) =>
    withEngine(project, (engine) =>
      checkSelected({
        graph,
        places,
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
  terminal.print({ document: () => ({ assets: checked }), text: () => checkSummary(checked) })
  return checked.some(isBad) ? 1 : 0
}

const isBad = ({ result }: Checked): boolean => result === 'failed' || result === 'not-checked'
