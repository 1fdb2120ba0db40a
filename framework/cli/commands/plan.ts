import { planWanted } from '../../execute/materialize.ts'
import { planText } from '../../report/plan-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../context.ts'
import { toJson } from '../terminal.ts'

export interface PlanFlags {
  readonly full?: boolean
  readonly only?: boolean
}

export async function planCommand(
  context: CommandContext,
  selection: readonly string[],
  { full = false, only = false }: PlanFlags,
): Promise<ExitStatus> {
  const { graph, places } = await projectOf(context)
  const { plan } = await planWanted(graph, places, { selection, full, only })
  const { terminal } = context
  terminal.out(context.flags.json ? toJson({ steps: plan.steps }) : planText(plan, terminal.page()))
  return 0
}
