/** Runs `lake catalog`: writes a static page of the lake. */
import { join } from 'node:path'
import { makeCatalog } from '../../../catalog/catalog.ts'
import { writeCatalog } from '../../../catalog/write-catalog.ts'
import { counted } from '../../../report/layout/format-numbers.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { parseLocalPath } from '../../project/location.ts'
import { loadStatus } from '../../status-report.ts'

interface CatalogValues {
  readonly out: string
  /** Maximum number of versions of each asset. */
  readonly versions: number
  readonly samples: boolean
}

export async function catalogCommand(context: CommandContext, values: CatalogValues): Promise<ExitStatus> {
  const { terminal } = context
  const { out, versions, samples } = values
  const directory = parseLocalPath({ what: '--out', written: out, base: terminal.cwd })
  const project = await projectOf(context)
  const { graph, storages, root } = project
  const status = await loadStatus(project)
  const catalog = await makeCatalog({ graph, status, lake: storages.lake, root, versions, samples, now: new Date() })
  await writeCatalog(catalog, directory)
  const page = join(directory, 'index.html')
  terminal.print({
    document: () => ({ page, assets: graph.assets.length }),
    text: () => `wrote the catalogue of ${counted(graph.assets.length, 'asset')}: open ${page}`,
  })
  return 0
}
