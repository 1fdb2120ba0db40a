/** Runs `lake dev`: plans again whenever the project's files change, and publishes nothing. */

import { relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DevSink } from '../../../dev/dev-events.ts'
import { editedAsset } from '../../../dev/edited-asset.ts'
import { changedSince, fileTimes, timesAt } from '../../../dev/file-times.ts'
import { findCompiler, TypeChecker } from '../../../dev/type-check.ts'
import { messageOf } from '../../../errors.ts'
import { planWanted } from '../../../execute/planning/plan-wanted.ts'
import type { ResolvedTable } from '../../../graph/resolved-asset.ts'
import { stepDocument } from '../../../plan/step-document.ts'
import { type PreviewRequest, previewAsset } from '../../../preview/preview-asset.ts'
import { devLines } from '../../../report/dev-text.ts'
import { previewDocument } from '../../../report/tables/preview-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { engineName, withLazySession } from '../../engines.ts'
import { interruptible } from '../../interrupt.ts'
import type { Project } from '../../project/project.ts'
import { toJson } from '../../terminal.ts'

interface DevValues {
  readonly selection: readonly string[]
  readonly rows: number
}

const LOOK_EVERY_MS = 100

export async function devCommand(context: CommandContext, values: DevValues): Promise<ExitStatus> {
  const project = await projectOf(context)
  const output = await openOutput(context)
  try {
    await interruptible((signal) =>
      withLazySession(project, (session) =>
        new DevLoop({ context, values, session, emit: output.emit }, project).run(signal),
      ),
    )
  } finally {
    output.leave()
  }
  return 130
}

/** Opens the output of the events: JSON lines, a screen, or text. */
async function openOutput({ flags, terminal }: CommandContext): Promise<{ readonly emit: DevSink; leave(): void }> {
  const leave = () => undefined
  if (flags.json) {
    const emit: DevSink = (event) =>
      terminal.data(toJson(event.type === 'previewed' ? { ...event, preview: previewDocument(event.preview) } : event))
    return { emit, leave }
  }
  if (terminal.interactive) {
    const { renderDev } = await import('../../../tui/dev/render-dev.ts')
    return renderDev(process.stdout, { paint: terminal.page().paint, suggest: terminal.suggest })
  }
  const emit: DevSink = (event) => {
    if (event.type !== 'types-checking') terminal.out(devLines(event, terminal.page()).join('\n'))
  }
  return { emit, leave }
}

interface DevRequest {
  readonly context: CommandContext
  readonly values: DevValues
  readonly session: PreviewRequest['session']
  readonly emit: DevSink
}

class DevLoop {
  readonly #request: DevRequest
  readonly #types: TypeChecker | undefined
  #project: Project
  /** Whether the project did not load, so that `#project` is an earlier one. */
  #isBroken = false
  #previewing = new AbortController()

  constructor(request: DevRequest, project: Project) {
    this.#request = request
    this.#project = project
    const compiler = findCompiler(project.root)
    this.#types = compiler === undefined ? undefined : new TypeChecker(project.root, compiler)
  }

  /** Resolves when the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      let times = timesAt(this.#project.loadedAt, this.#project.files)
      await this.#refresh([])
      while (!signal.aborted) {
        await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
        const changed = changedSince(times)
        if (changed.length === 0) continue
        // Taken before the files are read, so that a change meanwhile is noticed.
        const now = fileTimes([...times.keys()])
        if (this.#concerns(changed)) await this.#refresh(changed)
        times = new Map([...fileTimes(this.#project.files), ...now])
      }
    } finally {
      this.#previewing.abort()
      this.#types?.stop()
    }
  }

  /**
   * A new file that the project does not import matters only if the project does not load: the file
   * can be what is missing.
   */
  #concerns(changed: readonly string[]): boolean {
    return this.#isBroken || changed.some((path) => this.#project.files.includes(path))
  }

  /**
   * Loads the project anew, plans, and lets the compiler and the preview run on in the background.
   */
  async #refresh(changed: readonly string[]): Promise<void> {
    const { context, emit } = this.#request
    const startedAt = Date.now()
    const before = this.#project
    const known = new Set(before.files)
    const files = changed.filter((path) => known.has(path))
    const about = () => ({
      at: new Date().toISOString(),
      changed: files.map((file) => relative(before.root, file)),
      durationMs: Date.now() - startedAt,
    })
    this.#previewing.abort()
    try {
      this.#isBroken = true
      if (changed.length > 0) this.#project = await projectOf(context)
      this.#isBroken = false
      const { graph, storages } = this.#project
      const { selection } = this.#request.values
      const wanted = { selection, full: false, only: false, engineName: engineName(this.#project) }
      const { plan } = await planWanted(graph, storages, wanted)
      emit({ type: 'planned', ...about(), steps: plan.steps.map(stepDocument), fresh: plan.fresh.length })
      const edited = changed.length === 0 ? undefined : editedAsset(before.graph, graph, files)
      if (edited) void this.#preview(edited)
    } catch (error) {
      emit({ type: 'not-planned', ...about(), message: messageOf(error) })
    }
    void this.#checkTypes(about().changed)
  }

  /** The errors in the changed files come first. */
  async #checkTypes(changed: readonly string[]): Promise<void> {
    if (!this.#types) return
    const startedAt = Date.now()
    this.#request.emit({ type: 'types-checking', at: new Date().toISOString() })
    const found = await this.#types.check()
    if (!found) return
    const isHere = (error: string) => changed.some((file) => error.startsWith(`${file}(`))
    const errors = [...found.filter(isHere), ...found.filter((error) => !isHere(error))]
    const at = new Date().toISOString()
    this.#request.emit({ type: 'types-checked', at, durationMs: Date.now() - startedAt, errors })
  }

  async #preview(asset: ResolvedTable): Promise<void> {
    const { values, session, emit } = this.#request
    const controller = new AbortController()
    this.#previewing = controller
    const { signal } = controller
    const request = { lake: this.#project.storages.lake, rows: values.rows, session, signal }
    try {
      const preview = await previewAsset(asset, request)
      if (!signal.aborted) emit({ type: 'previewed', at: new Date().toISOString(), preview })
    } catch (error) {
      if (signal.aborted) return
      emit({ type: 'not-previewed', at: new Date().toISOString(), asset: asset.key, message: messageOf(error) })
    }
  }
}
