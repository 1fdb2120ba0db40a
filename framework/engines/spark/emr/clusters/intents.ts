/** Notes in the lake of what is about to be made on EMR. A note is no proof: anybody who can write to the lake can leave one. */
import * as z from 'zod'
import { LakeError } from '../../../../errors.ts'
import type { Storage } from '../../../../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../../../../storage/stored-document.ts'

const DIRECTORY = '_lake/spark/intents'

export interface IntentValue {
  readonly clusterId?: string | undefined
  /** The run terminates the cluster. */
  readonly ours?: boolean | undefined
  /** When a cluster was asked for, or before that: ISO 8601. */
  readonly at?: string | undefined
}

const INTENT: DocumentFormat<IntentValue> = {
  schema: z.object({
    clusterId: z
      .string()
      .regex(/^j-\w{1,40}$/)
      .optional(),
    ours: z.boolean().optional(),
    at: z.iso.datetime().optional(),
  }),
  mostBytes: 64 * 1024,
}

/** What is about to be made, written down before it is: a later process finds by it what an earlier one made. */
export interface Intents {
  /** `exists` means that a value was written for the name before, by whomever; it stays. */
  record(name: string, value: IntentValue): Promise<'recorded' | 'exists'>
  /** Throws `storage`, naming the file, where it is damaged. */
  read(name: string): Promise<IntentValue | undefined>
}

/** Intents as files of the lake, one a name. */
export function lakeIntents(lake: Storage): Intents {
  return {
    record: async (name, value) => {
      const created = await lake.putIfAbsent(intentPath(name), JSON.stringify(value))
      return created === 'created' ? 'recorded' : 'exists'
    },
    read: async (name) => {
      const intent = await readDocument(lake, intentPath(name), INTENT)
      if (intent.kind === 'damaged') throw new LakeError('storage', `${intent.why}. Remove it, then run again.`)
      return intent.kind === 'read' ? intent.value : undefined
    },
  }
}

/** `lake RUN/songs/1` -> `_lake/spark/intents/lake_RUN/songs/1.json` */
const intentPath = (name: string): string => `${DIRECTORY}/${name.replace(/[^\w./-]/g, '_')}.json`
