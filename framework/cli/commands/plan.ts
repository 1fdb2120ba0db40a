import { estimatePlan } from '../../execute/estimate-plan.ts'
import { planWanted } from '../../execute/materialize.ts'
import { planText } from '../../report/plan-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../context.ts'
import { withEngine } from '../engines.ts'
import { interruptibleReading } from '../interrupt.ts'
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
  const project = await projectOf(context)
  const { graph, places } = project
  const planned = await planWanted(graph, places, { selection, full, only })
  const plan = await interruptibleReading((signal) =>
    withEngine(project, (engine) => estimatePlan({ graph, places, engine, signal }, planned)),
  )
  const { terminal } = context
  terminal.out(context.flags.json ? toJson({ steps: plan.steps }) : planText(plan, terminal.page()))
  return 0
}
