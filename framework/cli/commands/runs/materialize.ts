/** Runs `lake materialize`: brings assets up to date and prints the progress. */
import { materialize } from '../../../execute/materialize.ts'
import type { RunResult } from '../../../execute/run-plan.ts'
import type { EventSink } from '../../../run/events.ts'
import type { OpenListener } from '../../../run/listener.ts'
import { systemTiming } from '../../../run/timing.ts'
import type { CommandContext, ExitStatus } from '../../context.ts'
import { projectOf, runStatus } from '../../context.ts'
import { engineName, openEngine, openExternalResources, scratchRoot } from '../../engines.ts'
import { interruptible } from '../../interrupt.ts'
import type { Project } from '../../project/project.ts'
import { planCommand } from './plan.ts'
import { type ProgressSink, progressSink } from './progress-sink.ts'

const DEFAULT_CONCURRENCY = 4

export interface MaterializeFlags {
  readonly full?: boolean
  readonly follow?: boolean
  readonly only?: boolean
  readonly dryRun?: boolean
  readonly concurrency?: number
  readonly failFast?: boolean
  readonly overwriteNewer?: boolean
  readonly allowEmpty?: boolean
  readonly wait?: boolean
}

interface MaterializeValues extends MaterializeFlags {
  readonly selection: readonly string[]
}

export async function materializeCommand(context: CommandContext, values: MaterializeValues): Promise<ExitStatus> {
  if (values.dryRun) return planCommand(context, values)
  return materializeProject(context, await projectOf(context), values)
}

/** Runs and reports progress until the run ends or is interrupted. */
export function materializeProject(
  context: CommandContext,
  project: Project,
  values: MaterializeValues,
): Promise<ExitStatus> {
  let sink: ProgressSink | undefined
  return interruptible(
    async (signal) => {
      sink = await progressSink(context, project.storages.lake)
      try {
        return runStatus(await runMaterialize(project, { ...values, signal, emit: sink.emit }))
      } finally {
        await sink.finish()
      }
    },
    () => sink?.stopping(),
  )
}

interface RunOptions extends MaterializeValues {
  readonly signal: AbortSignal
  readonly emit: EventSink
}

export async function runMaterialize(project: Project, options: RunOptions): Promise<RunResult> {
  const { graph, storages, profile, config } = project
  return materialize({
    graph,
    storages,
    selection: options.selection,
    full: options.full ?? false,
    alwaysFollow: options.follow ?? false,
    only: options.only ?? false,
    allowEmpty: options.allowEmpty ?? false,
    engineName: engineName(project),
    openEngine: (run) => openEngine(project, run),
    externalResources: await openExternalResources(project),
    scratchRoot: scratchRoot(storages.lake),
    concurrency: options.concurrency ?? profile.concurrency ?? DEFAULT_CONCURRENCY,
    failFast: options.failFast ?? false,
    loaded: { loadedAt: project.loadedAt, overwriteNewer: options.overwriteNewer ?? false },
    signal: options.signal,
    wait: options.wait ?? false,
    attempts: config,
    timing: systemTiming,
    emit: options.emit,
    listen: await openListeners(project),
  })
}

/** Loads hooks and lineage only if the config has some. */
async function openListeners({ config, graph, storages, root }: Project): Promise<OpenListener | undefined> {
  const { hooks = [], lineage } = config
  if (hooks.length === 0 && !lineage) return undefined
  const listen = await import('../../../listen/open-listeners.ts')
  const sourceUri = (key: string) => storages.source(key).uri
  return listen.openListeners({ hooks, lineage, graph, lake: storages.lake.uri, sourceUri, root, timing: systemTiming })
}
