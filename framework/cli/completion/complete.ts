/** Answers a shell that asks for candidates: prints them, a line each, and never an error. */
import { newestRuns } from '../../run/run-log.ts'
import { printableLine } from '../../text/printable.ts'
import { openProject, type Project } from '../project/project.ts'
import { candidates, type Names, type WordTable } from './candidates.ts'

/** Maximum number of runs to offer. */
const RUNS = 20

export async function complete(words: readonly string[], table: WordTable): Promise<void> {
  const found = await candidates(words, table, namesOf(words)).catch(() => [])
  process.stdout.write(found.map((word) => `${printableLine(word)}\n`).join(''))
}

function namesOf(words: readonly string[]): Names {
  const open = () => openProject(flagsIn(words), process.cwd())
  return {
    assets: async () => assetsOf(await open()),
    profiles: async () => Object.keys((await openProject({}, process.cwd())).config.profiles),
    runs: async () => newestRuns((await open()).places.lake, RUNS),
  }
}

const assetsOf = ({ graph }: Project): readonly string[] => graph.assets.map(({ key }) => key)

/** The global flags that say which project and lake are meant. */
function flagsIn(words: readonly string[]) {
  const valueAfter = (flag: string) => {
    const at = words.indexOf(flag)
    return at === -1 || at >= words.length - 2 ? undefined : words[at + 1]
  }
  const [config, profile, lake] = [valueAfter('--config'), valueAfter('--profile'), valueAfter('--lake')]
  return { ...(config && { config }), ...(profile && { profile }), ...(lake && { lake }) }
}
