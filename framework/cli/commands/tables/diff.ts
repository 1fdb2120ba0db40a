/** Runs `lake diff`: compares the rows of two versions of a table. */
import { knownKey } from '../../../graph/selection.ts'
import { diffVersions, type TableDiff } from '../../../maintain/diff.ts'
import { diffText } from '../../../report/tables/diff-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { withEngine } from '../../engines.ts'
import { interruptibleReading } from '../../interrupt.ts'

interface DiffValues {
  readonly asset: string
  /** A version. */
  readonly from: number
  /** A version. */
  readonly to: number
  /** Maximum number of rows to show of each kind of change. */
  readonly limit: number
}

export async function diffCommand(context: CommandContext, values: DiffValues): Promise<ExitStatus> {
  const project = await projectOf(context)
  const asset = project.graph.get(knownKey(project.graph, values.asset))
  const request = { ...values, asset, lake: project.storages.lake }
  const diff = await interruptibleReading((signal) =>
    withEngine(project, (engine) => diffVersions(engine, { ...request, signal })),
  )
  context.terminal.print({ document: () => diffDocument(diff), text: (page) => diffText(diff, page), quotesData: true })
  return 0
}

function diffDocument({ sample, ...diff }: TableDiff) {
  const shown = sample.map((difference) =>
    difference.change === 'changed' ? difference : { change: difference.change, row: difference.row },
  )
  return { ...diff, sample: shown }
}
