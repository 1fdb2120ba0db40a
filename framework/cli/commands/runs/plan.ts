/** Runs `lake plan`: prints the steps of a run, with estimates, and changes nothing. */
import { estimatePlan } from '../../../estimate/estimate-plan.ts'
import type { LeftOut } from '../../../execute/planning/left-out.ts'
import { type Planned, planWanted } from '../../../execute/planning/plan-wanted.ts'
import { rememberingLake } from '../../../observe/observe.ts'
import { renamedWarnings } from '../../../observe/renamed-tables.ts'
import { sourceWarnings } from '../../../observe/sources/source-warnings.ts'
import { estimatedStepDocument } from '../../../plan/step-document.ts'
import { type PlanWarning, type PlanWithWarnings, planText } from '../../../report/plan-text.ts'
import { leftOutText } from '../../../report/run/left-out-text.ts'
import { reportError } from '../../../run/error-report.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { engineName, withEngine } from '../../engines.ts'
import { interruptibleReading } from '../../interrupt.ts'
import type { Project } from '../../project/project.ts'

interface PlanValues {
  readonly selection: readonly string[]
  readonly full?: boolean
  readonly follow?: boolean
  readonly only?: boolean
  readonly allowEmpty?: boolean
}

export async function planCommand(
  context: CommandContext,
  { selection, full = false, follow = false, only = false, allowEmpty = false }: PlanValues,
): Promise<ExitStatus> {
  const project = await projectOf(context)
  const { graph } = project
  const storages = rememberingLake(project.storages)
  const how = { engineName: engineName(project), alwaysFollow: follow }
  const planned = await planWanted(graph, storages, { selection, full, only, allowEmpty, ...how })
  const plan = await interruptibleReading((signal) =>
    withEngine(project, (engine) => estimatePlan({ graph, storages, ...how, engine, signal }, planned)),
  )
  const { terminal } = context
  const warnings = planWarnings(project, planned)
  const left = leftDocument(planned.leftOut)
  terminal.print({
    document: () => ({
      steps: plan.steps.map(estimatedStepDocument),
      ...(warnings.length > 0 && { warnings }),
      ...left,
    }),
    text: (page) => planText({ ...plan, warnings, leftOut: leftCount(planned.leftOut) }, page),
  })
  if (!left) return 0
  if (!context.flags.json) terminal.note(leftOutText(planned.leftOut))
  return 1
}

const UNKNOWN = { rows: null, bytes: null }

/** The steps that `lake materialize` would take, without estimates: these would load an engine. */
export async function planSteps(project: Project, selection: readonly string[]): Promise<PlanWithWarnings> {
  const wanted = { selection, full: false, only: false, engineName: engineName(project) }
  const { plan } = await planWanted(project.graph, project.storages, wanted)
  const estimate = { certainty: 'at-most', keys: null, files: [], read: UNKNOWN, written: UNKNOWN } as const
  return { ...plan, steps: plan.steps.map((step) => ({ ...step, estimate })) }
}

const leftCount = ({ unreadable, dependent }: LeftOut): number => unreadable.size + dependent.size

/** The assets that the plan leaves out. undefined if it leaves out none. */
function leftDocument({ unreadable, dependent }: LeftOut) {
  if (unreadable.size === 0) return undefined
  return { failed: [...unreadable].map(([key, error]) => reportError(error, key)), skipped: [...dependent.keys()] }
}

function planWarnings({ graph }: Project, { observations }: Planned): readonly PlanWarning[] {
  return graph.assets.flatMap((asset) => {
    const observed = observations.get(asset.key)
    const apart = observed?.former?.kind === 'apart' ? renamedWarnings(observed) : []
    const messages = asset.kind === 'table' ? apart : [...apart, ...sourceWarnings(asset.declared, observed)]
    return messages.map((message) => ({ asset: asset.key, message }))
  })
}
