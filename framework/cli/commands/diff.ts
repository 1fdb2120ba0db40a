import { diffVersions, type TableDiff } from '../../execute/diff.ts'
import { interrupted } from '../../execute/interrupted.ts'
import { knownKey } from '../../graph/selection.ts'
import { diffText } from '../../report/diff-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../context.ts'
import { withEngine } from '../engines.ts'
import { interruptible } from '../interrupt.ts'
import { toJson } from '../terminal.ts'

export interface DiffFlags {
  readonly limit: number
}

export interface VersionPair {
  readonly from: number
  readonly to: number
}

export async function diffCommand(
  context: CommandContext,
  key: string,
  { from, to, limit }: VersionPair & DiffFlags,
): Promise<ExitStatus> {
  const { terminal, flags } = context
  const project = await projectOf(context)
  const asset = project.graph.get(knownKey(project.graph, key))
  const request = { lake: project.places.lake, asset, from, to, limit }
  const diff = await interruptible((signal) =>
    withEngine(project, (engine) => diffVersions(engine, { ...request, signal })).catch((error) => {
      throw signal.aborted ? interrupted('Nothing was changed.') : error
    }),
  )
  terminal.out(flags.json ? toJson(diffDocument(diff)) : diffText(diff, terminal.page()))
  return 0
}

function diffDocument({ sample, ...diff }: TableDiff) {
  const shown = sample.map((difference) =>
    difference.change === 'changed' ? difference : { change: difference.change, row: difference.row },
  )
  return { ...diff, sample: shown }
}
