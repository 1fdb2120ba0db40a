import { materialize } from '../../execute/materialize.ts'
import type { RunResult } from '../../execute/run-plan.ts'
import { runPrinter } from '../../report/run-text.ts'
import type { EventSink } from '../../run/events.ts'
import type { CommandContext, ExitStatus } from '../context.ts'
import { projectOf } from '../context.ts'
import { keptElsewhere, openEngine, scratchRoot } from '../engines.ts'
import { interruptible } from '../interrupt.ts'
import type { Project } from '../project.ts'
import { toJson } from '../terminal.ts'
import { planCommand } from './plan.ts'

const DEFAULT_CONCURRENCY = 4

export interface MaterializeFlags {
  readonly full?: boolean
  readonly only?: boolean
  readonly dryRun?: boolean
  readonly concurrency?: number
  readonly keepGoing?: boolean
  readonly allowEmpty?: boolean
}

export async function materializeCommand(
  context: CommandContext,
  selection: readonly string[],
  flags: MaterializeFlags,
): Promise<ExitStatus> {
  if (flags.dryRun) return planCommand(context, selection, flags)
  return materializeProject(context, await projectOf(context), { ...flags, selection })
}

/** Runs, and tells about it, until it ends or is interrupted. */
export function materializeProject(
  context: CommandContext,
  project: Project,
  wanted: Omit<RunOptions, 'signal' | 'emit'>,
): Promise<ExitStatus> {
  return interruptible(async (signal) => {
    const { emit, finish } = await progressSink(context)
    try {
      return runStatus(await runMaterialize(project, { ...wanted, signal, emit }))
    } finally {
      await finish()
    }
  })
}

export interface RunOptions extends MaterializeFlags {
  readonly selection: readonly string[]
  readonly signal: AbortSignal
  readonly emit: EventSink
}

export async function runMaterialize(project: Project, options: RunOptions): Promise<RunResult> {
  const { graph, places, profile } = project
  return materialize({
    graph,
    places,
    selection: options.selection,
    full: options.full ?? false,
    only: options.only ?? false,
    allowEmpty: options.allowEmpty ?? false,
    openEngine: (run) => openEngine(project, run),
    kept: await keptElsewhere(project),
    scratchRoot: scratchRoot(places.lake),
    concurrency: options.concurrency ?? profile.concurrency ?? DEFAULT_CONCURRENCY,
    keepGoing: options.keepGoing ?? false,
    signal: options.signal,
    now: () => new Date(),
    emit: options.emit,
  })
}

export function runStatus({ status }: RunResult): ExitStatus {
  switch (status) {
    case 'succeeded':
      return 0
    case 'failed':
      return 1
    case 'canceled':
      return 130
  }
}

interface ProgressSink {
  readonly emit: EventSink
  finish(): Promise<void>
}

/** How a run is told: as JSON, a line an event; as a live view in a terminal; as plain lines elsewhere. */
async function progressSink({ flags, terminal }: CommandContext): Promise<ProgressSink> {
  if (flags.json) return plainSink((event) => terminal.out(toJson(event)))
  if (!terminal.interactive) return plainSink(runPrinter(terminal.out, terminal.page().paint))
  const { renderRun } = await import('../../tui/render-run.ts')
  return renderRun({ stdout: process.stdout, paint: terminal.page().paint, now: () => new Date() })
}

const plainSink = (emit: EventSink): ProgressSink => ({ emit, finish: async () => undefined })
