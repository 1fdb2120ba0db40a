/** Answers a shell that asks for candidates: prints each on a line, and never an error. */
import { listLog, oldestOf } from '../../delta/log/log-files.ts'
import { undeclaredTables } from '../../observe/undeclared-tables.ts'
import { newestRuns } from '../../run/run-log.ts'
import type { Storage } from '../../storage/storage.ts'
import { printableLine } from '../../text/printable.ts'
import { topics } from '../package/topics.ts'
import { openProject, type Project } from '../project/project.ts'
import { candidates, type Names, type WordTable } from './candidates.ts'

/** Maximum number of runs or versions to offer. */
const NEWEST = 20

export async function complete(words: readonly string[], table: WordTable): Promise<void> {
  const found = await candidates(words, table, namesOf(words, table)).catch(() => [])
  process.stdout.write(found.map((word) => `${printableLine(word)}\n`).join(''))
}

function namesOf(words: readonly string[], table: WordTable): Names {
  const open = () => openProject(flagsIn(words), process.cwd())
  return {
    assets: async () => assetsOf(await open()),
    profiles: async () => Object.keys((await openProject({}, process.cwd())).config.profiles),
    runs: async () => newestRuns((await open()).storages.lake, NEWEST),
    tags: async () => [...new Set((await open()).graph.assets.flatMap(({ declared }) => declared.tags))],
    undeclared: async () => undeclaredIn(await open()),
    versions: async (asset) => versionsOf((await open()).storages.lake, asset),
    topics: async () => [...new Set([...topics().keys(), ...table.commands.map(({ name }) => name)])],
  }
}

const undeclaredIn = ({ graph, storages }: Project): Promise<readonly string[]> =>
  undeclaredTables(storages.lake, new Set(graph.assets.map(({ key }) => key)))

async function versionsOf(storage: Storage, table: string): Promise<readonly string[]> {
  const log = await listLog({ storage, table })
  const oldest = oldestOf(log) ?? 0
  return log.commits
    .filter((version) => version >= oldest)
    .slice(-NEWEST)
    .toReversed()
    .map(String)
}

const assetsOf = ({ graph }: Project): readonly string[] => graph.assets.map(({ key }) => key)

/** The global flags that name the project and the lake. */
function flagsIn(words: readonly string[]) {
  const valueAfter = (flag: string) => {
    const at = words.indexOf(flag)
    return at === -1 || at >= words.length - 2 ? undefined : words[at + 1]
  }
  const [config, profile, lake] = [valueAfter('--config'), valueAfter('--profile'), valueAfter('--lake')]
  return { ...(config && { config }), ...(profile && { profile }), ...(lake && { lake }) }
}
