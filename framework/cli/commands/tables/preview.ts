/**
 * Runs `lake preview`: runs an asset's query on a sample of its upstreams, and publishes nothing.
 */
import { knownKey } from '../../../graph/selection.ts'
import { previewAsset } from '../../../preview/preview-asset.ts'
import { previewDocument, previewText } from '../../../report/tables/preview-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { withLazySession } from '../../engines.ts'
import { interruptibleReading } from '../../interrupt.ts'

interface PreviewValues {
  readonly asset: string
  readonly rows: number
}

export async function previewCommand(context: CommandContext, { asset, rows }: PreviewValues): Promise<ExitStatus> {
  const project = await projectOf(context)
  const { graph, storages } = project
  const resolved = graph.get(knownKey(graph, asset))
  const preview = await interruptibleReading((signal) =>
    withLazySession(project, (session) => previewAsset(resolved, { lake: storages.lake, rows, session, signal })),
  )
  context.terminal.print({
    document: () => previewDocument(preview),
    text: (page) => previewText(preview, page),
    quotesData: true,
  })
  return 0
}
