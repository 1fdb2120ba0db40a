/**
 * Records in the lake what a run is about to create on EMR, so that a later process can find it.
 */
import * as z from 'zod'
import { LakeError } from '../../../../errors.ts'
import type { Storage } from '../../../../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../../../../storage/stored-document.ts'

const DIRECTORY = '_lake/spark/intents'

interface IntentValue {
  readonly clusterId?: string | undefined
  /** Whether the run terminates the cluster. */
  readonly ours?: boolean | undefined
  /** ISO 8601. The cluster was requested at this time or later. */
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

/** An intent proves nothing: anyone who can write to the lake can record one. */
export interface Intents {
  /** `exists` means that a process has recorded a value for the name before. That value is kept. */
  record(name: string, value: IntentValue): Promise<'recorded' | 'exists'>
  /** Throws `storage`, naming the file, if it is damaged. */
  read(name: string): Promise<IntentValue | undefined>
}

/** One file of the lake for each name. */
export function lakeIntents(lake: Storage): Intents {
  return {
    record: async (name, value) => {
      const created = await lake.putIfAbsent(intentPath(name), JSON.stringify(value))
      return created === 'created' ? 'recorded' : 'exists'
    },
    read: async (name) => {
      const intent = await readDocument(lake, intentPath(name), INTENT)
      if (intent.kind === 'refused')
        throw new LakeError('storage', { problem: intent.reason, remedy: 'Remove it, then run again.' })
      return intent.kind === 'read' ? intent.value : undefined
    },
  }
}

/** `lake RUN/songs/1` -> `_lake/spark/intents/lake_RUN/songs/1.json` */
const intentPath = (name: string): string => `${DIRECTORY}/${name.replace(/[^\w./-]/g, '_')}.json`
