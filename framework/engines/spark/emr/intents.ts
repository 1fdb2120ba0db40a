import type { Storage } from '../../../storage/storage.ts'

const DIRECTORY = '_lake/spark/intents'

export type IntentValue = Readonly<Record<string, string | boolean>>

/** What is about to be made, written down before it is: a later process finds by it what an earlier one made. */
export interface Intents {
  /** `exists` means that a value was written for the name before, by whomever; it stays. */
  record(name: string, value: IntentValue): Promise<'recorded' | 'exists'>
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
      const stored = await lake.read(intentPath(name))
      return stored && (JSON.parse(Buffer.from(stored.body).toString('utf8')) as IntentValue)
    },
  }
}

/** `lake RUN/songs/1` -> `_lake/spark/intents/lake_RUN/songs/1.json` */
const intentPath = (name: string): string => `${DIRECTORY}/${name.replace(/[^\w./-]/g, '_')}.json`
