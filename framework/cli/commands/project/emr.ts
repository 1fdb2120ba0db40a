/** Runs `lake emr plan`: prints the requests that a run would send to EMR. */
import type { EmrEngineSettings } from '../../../declare/project.ts'
import { LakeError } from '../../../errors.ts'
import { planWanted, type Wanted } from '../../../execute/planning/plan-wanted.ts'
import { select } from '../../../graph/selection.ts'
import type { PlanStep } from '../../../plan/plan.ts'
import { emrPlanText } from '../../../report/emr-plan-text.ts'
import { newRunId } from '../../../run/run-id.ts'
import { redact } from '../../../text/redact.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { engineName } from '../../engines.ts'
import type { Project } from '../../project/project.ts'
import type { Terminal } from '../../terminal.ts'

interface EmrPlanValues {
  readonly selection: readonly string[]
  readonly full?: boolean
  readonly only?: boolean
}

/**
 * Sends nothing to EMR and needs no credentials. If the lake cannot be read, the plan treats every
 * asset as stale.
 */
export async function emrPlanCommand(
  context: CommandContext,
  { selection, full = false, only = false }: EmrPlanValues,
): Promise<ExitStatus> {
  const { flags, terminal } = context
  const project = await projectOf(context)
  const settings = emrSettings(project, flags.profile)
  const steps = await stepsOf(project, { selection, full, only, engineName: engineName(project) }, terminal)
  const { planEmr } = await import('../../../engines/spark/emr/plan-emr.ts')
  const assets = steps.map(({ asset }) => asset)
  const planned = planEmr(settings, project.storages.lake, { runId: newRunId(new Date()), assets })
  const requests = JSON.parse(redact(JSON.stringify(planned))) as typeof planned
  terminal.print({ document: () => requests, text: () => emrPlanText(requests) })
  const conditional = steps.filter((step) => step.conditional).map(({ asset }) => asset)
  if (requests.addJobFlowSteps.length > 1 && conditional.length > 0) {
    terminal.note(`Sent only if the rows of their upstreams change: ${conditional.join(', ')}.`)
  }
  return 0
}

type RunStep = Pick<PlanStep, 'asset' | 'conditional'>

async function stepsOf({ graph, storages }: Project, wanted: Wanted, terminal: Terminal): Promise<readonly RunStep[]> {
  try {
    return (await planWanted(graph, storages, wanted)).plan.steps
  } catch (error) {
    if (!(error instanceof LakeError) || error.code !== 'storage') throw error
    terminal.note(
      `These are the requests of a run that rebuilds everything, because the lake could not be read: ${error.message}`,
    )
    const selected = select(graph, wanted.selection)
    const keys = wanted.only ? selected : graph.withUpstream(selected)
    return keys.map((asset) => ({ asset, conditional: false }))
  }
}

function emrSettings({ profile: { engine } }: Project, name = 'default'): EmrEngineSettings {
  if (engine?.kind === 'emr') return engine
  const message = `the profile ${name} computes with ${engine?.kind ?? 'duckdb'}, so it sends nothing to EMR`
  throw new LakeError('config', {
    problem: message,
    remedy: `Name a profile whose engine has kind: 'emr' with --profile.`,
  })
}
