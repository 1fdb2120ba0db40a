/** Finds the tables in a lake that no asset declares, such as after a rename. */
import type { Storage } from '../storage/storage.ts'

/** The keys of the tables, in order. A directory without a Delta log is not a table. */
export async function undeclaredTables(lake: Storage, declared: ReadonlySet<string>): Promise<readonly string[]> {
  const names = (await lake.directories()).filter((name) => !/^[._]/.test(name) && !declared.has(name))
  const tables = await Promise.all(names.map(async (name) => ((await isTable(lake, name)) ? [name] : [])))
  return tables.flat()
}

export async function isTable(lake: Storage, name: string): Promise<boolean> {
  return (await lake.names(`${name}/_delta_log`)).some((file) => /^\d{20}\./.test(file))
}
