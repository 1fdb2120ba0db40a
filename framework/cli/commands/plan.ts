import { estimatePlan } from '../../execute/estimate-plan.ts'
import { type Planned, planWanted } from '../../execute/materialize.ts'
import { sourceWarnings } from '../../observe/source-warnings.ts'
import { type PlanWarning, planText } from '../../report/plan-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../context.ts'
import { withEngine } from '../engines.ts'
import { interruptibleReading } from '../interrupt.ts'
import type { Project } from '../project.ts'
import { toJson } from '../terminal.ts'

export interface PlanFlags {
  readonly full?: boolean
  readonly only?: boolean
  readonly allowEmpty?: boolean
}

export async function planCommand(
  context: CommandContext,
  selection: readonly string[],
  { full = false, only = false, allowEmpty = false }: PlanFlags,
): Promise<ExitStatus> {
  const project = await projectOf(context)
  const { graph, places } = project
  const planned = await planWanted(graph, places, { selection, full, only, allowEmpty })
  const plan = await interruptibleReading((signal) =>
    withEngine(project, (engine) => estimatePlan({ graph, places, engine, signal }, planned)),
  )
  const { terminal } = context
  const warnings = planWarnings(project, planned)
  const told = { steps: plan.steps, ...(warnings.length > 0 && { warnings }) }
  terminal.out(context.flags.json ? toJson(told) : planText({ ...plan, warnings }, terminal.page()))
  return 0
}

function planWarnings({ graph }: Project, { observations }: Planned): readonly PlanWarning[] {
  return graph.assets.flatMap((asset) => {
    if (asset.kind === 'table') return []
    const messages = sourceWarnings(asset.declared, observations.get(asset.key))
    return messages.map((message) => ({ asset: asset.key, message }))
  })
}
