import { estimatePlan } from '../../execute/estimate-plan.ts'
import type { LeftOut } from '../../execute/left-out.ts'
import { planWanted } from '../../execute/materialize.ts'
import { leftOutText } from '../../report/left-out-text.ts'
import { planText } from '../../report/plan-text.ts'
import { reportError } from '../../run/error-report.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../context.ts'
import { withEngine } from '../engines.ts'
import { interruptible } from '../interrupt.ts'
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
  const plan = await interruptible((signal) =>
    withEngine(project, (engine) => estimatePlan({ graph, places, engine, signal }, planned)),
  )
  const { terminal } = context
  const left = leftDocument(planned.left)
  terminal.out(context.flags.json ? toJson({ steps: plan.steps, ...left }) : planText(plan, terminal.page()))
  if (!left) return 0
  if (!context.flags.json) terminal.note(leftOutText(planned.left))
  return 1
}

/** What the plan leaves out; nothing where it leaves out nothing. */
function leftDocument({ unreadable, dependent }: LeftOut) {
  if (unreadable.size === 0) return undefined
  return { failed: [...unreadable].map(([key, error]) => reportError(error, key)), skipped: dependent }
}
