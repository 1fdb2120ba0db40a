/** Runs `lake graph`: prints the lineage of the assets. */
import { graphDocument, graphDot, graphMermaid, graphText } from '../../../report/graph-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { toJson } from '../../terminal.ts'

interface GraphValues {
  readonly format?: 'text' | 'mermaid' | 'dot' | 'json'
}

export async function graphCommand(context: CommandContext, { format }: GraphValues): Promise<ExitStatus> {
  const { terminal } = context
  const { graph } = await projectOf(context)
  switch (format ?? (context.flags.json ? 'json' : 'text')) {
    case 'text':
      terminal.data(graphText(graph, terminal.page()))
      break
    case 'mermaid':
      terminal.data(graphMermaid(graph))
      break
    case 'dot':
      terminal.data(graphDot(graph))
      break
    case 'json':
      terminal.data(toJson(graphDocument(graph)))
      break
  }
  return 0
}
