/** The tables in a lake that no asset declares: what a rename or a removal has left. */
import type { Storage } from '../storage/storage.ts'

/** Their keys, in order. A directory without a Delta log is no table. */
export async function undeclaredTables(lake: Storage, declared: ReadonlySet<string>): Promise<readonly string[]> {
  const names = (await lake.directories()).filter((name) => !/^[._]/.test(name) && !declared.has(name))
  const tables = await Promise.all(names.map(async (name) => ((await isTable(lake, name)) ? [name] : [])))
  return tables.flat()
}

export async function isTable(lake: Storage, name: string): Promise<boolean> {
  return (await lake.names(`${name}/_delta_log`)).some((file) => /^\d{20}\./.test(file))
}
