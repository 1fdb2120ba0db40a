import * as z from 'zod'
import type { Storage } from '../../../../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../../../../storage/stored-document.ts'

const DIRECTORY = '_lake/spark/clusters'

/** A run that may have clusters up, and the run that ends them: itself, or one that goes on with what it left. */
export interface ClusterOwner {
  readonly maker: string
  readonly holder: string
}

/** Names a directory of the lake, so that it must not climb. */
const RUN = /^[\w-]{1,100}$/

const NOTE: DocumentFormat<{ readonly holder: string }> = {
  schema: z.object({ holder: z.string().regex(RUN) }),
  mostBytes: 64 * 1024,
}

/** A run is noted from before it asks for its first cluster until all of them have been told to end. */
export interface ClusterOwners {
  put(note: ClusterOwner): Promise<void>
  all(): Promise<readonly ClusterOwner[]>
  delete(maker: string): Promise<void>
}

/** Notes as files of the lake, one a run. */
export function lakeClusterOwners(lake: Storage): ClusterOwners {
  return {
    put: ({ maker, holder }) => lake.put(notePath(maker), JSON.stringify({ holder })),
    all: async () => {
      const makers = (await lake.names(DIRECTORY)).flatMap((name) => /^(.+)\.json$/.exec(name)?.[1] ?? [])
      const notes = await Promise.all(
        makers
          .filter((maker) => RUN.test(maker))
          .map(async (maker): Promise<readonly ClusterOwner[]> => {
            const note = await readDocument(lake, notePath(maker), NOTE)
            if (note.kind === 'absent') return []
            // Who took the clusters over is lost with a damaged note. Their maker is dead then, and they are ended.
            return [{ maker, holder: note.kind === 'read' ? note.value.holder : maker }]
          }),
      )
      return notes.flat()
    },
    delete: (maker) => lake.delete(notePath(maker)),
  }
}

const notePath = (maker: string): string => `${DIRECTORY}/${maker}.json`

/** The makers of all that these runs hold. */
export async function makersHeldBy(notes: ClusterOwners, holders: readonly string[]): Promise<readonly string[]> {
  return (await notes.all()).flatMap(({ maker, holder }) => (holders.includes(holder) ? [maker] : []))
}

/** Makes the run the holder of all that these runs hold: the makers of it. */
export async function adopt(
  notes: ClusterOwners,
  deadRuns: readonly string[],
  runId: string,
): Promise<readonly string[]> {
  if (deadRuns.length === 0) return []
  const left = await makersHeldBy(notes, deadRuns)
  for (const maker of left) await notes.put({ maker, holder: runId })
  return left
}
