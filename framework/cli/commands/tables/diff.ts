import { knownKey } from '../../../graph/selection.ts'
import { diffVersions, type TableDiff } from '../../../maintain/diff.ts'
import { diffText } from '../../../report/tables/diff-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { withEngine } from '../../engines.ts'
import { interruptibleReading } from '../../interrupt.ts'
import { toJson } from '../../terminal.ts'

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
  const diff = await interruptibleReading((signal) =>
    withEngine(project, (engine) => diffVersions(engine, { ...request, signal })),
  )
  terminal.data(flags.json ? toJson(diffDocument(diff)) : diffText(diff, terminal.page()))
  return 0
}

function diffDocument({ sample, ...diff }: TableDiff) {
  const shown = sample.map((difference) =>
    difference.change === 'changed' ? difference : { change: difference.change, row: difference.row },
  )
  return { ...diff, sample: shown }
}
