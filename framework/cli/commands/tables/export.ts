/** Runs `lake export`: prints what other programs need to read the tables. */
import { writeFile } from 'node:fs/promises'
import { latestCommit } from '../../../delta/log/log.ts'
import { readSnapshot } from '../../../delta/snapshot.ts'
import { LakeError } from '../../../errors.ts'
import type { ExportedTable } from '../../../export/exported-table.ts'
import { glueTable } from '../../../export/glue-table.ts'
import { type ExportTarget, preambleOf, type StatementFormat, statementOf } from '../../../export/statements.ts'
import { select } from '../../../graph/selection.ts'
import { isLocal } from '../../../storage/is-local.ts'
import type { Storage } from '../../../storage/storage.ts'
import { cannotWrite } from '../../../storage/storage-error.ts'
import { notBuilt, tableOf } from '../../../tables/table-version.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { parseLocalPath } from '../../project/location.ts'
import type { Project } from '../../project/project.ts'
import { toJson } from '../../terminal.ts'

interface ExportValues {
  readonly selection: readonly string[]
  readonly format: StatementFormat | 'glue'
  readonly database?: string
  readonly out?: string
  readonly pin?: boolean
}

export async function exportCommand(context: CommandContext, flags: ExportValues): Promise<ExitStatus> {
  const { format, pin = false, out } = flags
  const { terminal } = context
  const project = await projectOf(context)
  refuseWrong(project, flags)
  const keys = select(project.graph, flags.selection)
  const built = await builtAmong(project, keys)
  const [missing, ...others] = keys.filter((key) => !built.includes(key))
  if (missing !== undefined && (built.length === 0 || flags.selection.includes(missing))) throw notBuilt(missing)
  const tables = await exportedTables(project, built, pin)
  const documents = tables.map((table) => documentOf(format, table, { database: flags.database }))
  const preamble = format === 'glue' ? undefined : preambleOf(format, tables, { database: flags.database })
  const text = [preamble ?? [], documents.map(({ text: one }) => one)].flat().join(format === 'glue' ? '\n' : '\n\n')
  if (out !== undefined) {
    const file = parseLocalPath({ what: '--out', written: out, base: terminal.cwd })
    await writeFile(file, `${text}\n`).catch((cause: Error) => {
      throw cannotWrite(file, cause)
    })
    terminal.note(`wrote ${file}`)
  } else {
    terminal.data(
      context.flags.json ? toJson({ format, preamble: preamble ?? null, tables: documents.map(asJson) }) : text,
    )
  }
  if (missing !== undefined) terminal.note(`left out, not built yet: ${[missing, ...others].join(', ')}`)
  return 0
}

interface ExportDocument {
  readonly key: string
  readonly text: string
  /** The request to Glue, or the statement. */
  readonly content: unknown
}

const asJson = ({ key, content }: ExportDocument) =>
  typeof content === 'string' ? { key, statement: content } : { key, request: content }

function documentOf(format: ExportValues['format'], table: ExportedTable, target: ExportTarget): ExportDocument {
  const { key } = table
  if (format !== 'glue') {
    const statement = statementOf(format, table, target)
    return { key, text: statement, content: statement }
  }
  const content = glueTable(table, target)
  return { key, text: toJson(content), content }
}

function refuseWrong({ storages }: Project, { format, pin, database }: ExportValues): void {
  if (pin && format !== 'duckdb') {
    throw new LakeError('usage', {
      problem: `--pin does not work with --format ${format}, whose tables are always at their newest version`,
    })
  }
  if (database !== undefined && !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(database))
    throw new LakeError('usage', { problem: `--database ${database} is no name of a database` })
  if ((format === 'glue' || format === 'hive') && isLocal(storages.lake)) {
    throw new LakeError('usage', {
      problem: `--format ${format} is for Athena and other services of AWS, and the lake ${storages.lake.uri} is on this machine`,
      remedy: 'Name a lake on S3 with --lake or --profile.',
    })
  }
}

async function builtAmong({ storages }: Project, keys: readonly string[]): Promise<readonly string[]> {
  const commits = await Promise.all(keys.map((key) => latestCommit(storages.lake, key)))
  return keys.filter((_, index) => commits[index])
}

/**
 * The built tables of the selection; with `pin`, at versions that fit together. Their columns are
 * those of the table, not of the asset.
 */
async function exportedTables(
  { graph, storages: { lake } }: Project,
  keys: readonly string[],
  pin: boolean,
): Promise<readonly ExportedTable[]> {
  const versions = pin ? await versionsThatFit(lake, keys) : new Map<string, number>()
  const tables = keys.map(async (key): Promise<ExportedTable> => {
    const { columns, declared } = graph.get(key)
    const snapshot = await readSnapshot(lake, key, versions.get(key))
    if (!snapshot) throw notBuilt(key)
    const described = new Map(columns.map((column) => [column.name, column.description]))
    return {
      ...{ key, description: declared.description, location: lake.locate(key) },
      columns: snapshot.metadata.columns.map((column) => ({ ...column, description: described.get(column.name) })),
      pinned: pin ? await tableOf(lake, key, snapshot) : undefined,
    }
  })
  return Promise.all(tables)
}

async function versionsThatFit(lake: Storage, keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { currentVersions } = await import('../../../read/versions/allowed-versions.ts')
  return new Map((await currentVersions(lake, keys)).map(({ key, version }) => [key, version]))
}
