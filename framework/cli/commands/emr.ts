import type { EmrEngineSettings } from '../../declare/project.ts'
import { LakeError } from '../../errors.ts'
import { planWanted } from '../../execute/materialize.ts'
import { select } from '../../graph/selection.ts'
import { emrPlanText } from '../../report/emr-plan-text.ts'
import { newRunId } from '../../run/run-id.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../context.ts'
import type { Project } from '../project.ts'
import { toJson } from '../terminal.ts'

export interface EmrPlanFlags {
  readonly full?: boolean
  readonly only?: boolean
}

/** Sends nothing to EMR, and needs no credentials: where the lake cannot be read, the run is taken to have everything to do. */
export async function emrPlanCommand(
  context: CommandContext,
  selection: readonly string[],
  { full = false, only = false }: EmrPlanFlags,
): Promise<ExitStatus> {
  const { flags, terminal } = context
  const project = await projectOf(context)
  const settings = emrSettings(project, flags.profile)
  const { planEmr } = await import('../../engines/spark/plan-emr.ts')
  const wanted = { selection, full, only }
  const steps = await planWanted(project.graph, project.places, wanted).then(
    ({ plan }) => plan.steps.map(({ asset, conditional }) => ({ asset, conditional })),
    (error: unknown) => {
      if (!(error instanceof LakeError) || error.code !== 'storage') throw error
      terminal.note(
        `Shown is what a run with everything to do would send, for what there is to do is not known. ${error.message}`,
      )
      return everything(project, wanted).map((asset) => ({ asset, conditional: false }))
    },
  )
  const requests = planEmr(settings, project.places.lake, {
    runId: newRunId(new Date()),
    assets: steps.map(({ asset }) => asset),
  })
  terminal.out(flags.json ? toJson(requests) : emrPlanText(requests))
  const perhaps = steps.filter(({ conditional }) => conditional).map(({ asset }) => asset)
  if (requests.addJobFlowSteps.length > 1 && perhaps.length > 0) {
    terminal.note(`Only if the rows of their upstreams change: ${perhaps.join(', ')}.`)
  }
  return 0
}

function everything({ graph }: Project, { selection, only }: { selection: readonly string[]; only: boolean }) {
  const selected = select(graph, selection)
  return only ? selected : graph.withUpstream(selected)
}

function emrSettings({ profile: { engine } }: Project, name = 'default'): EmrEngineSettings {
  if (engine?.kind === 'emr') return engine
  const message = `the profile ${name} computes with ${engine?.kind ?? 'duckdb'}, and asks nothing of EMR`
  throw new LakeError('config', `${message}; name one whose engine has kind: 'emr' with --profile`)
}
