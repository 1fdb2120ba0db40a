/** Delta tables of plays that deltalake writes and changes. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The changes of an existing table that `outside_table.py` knows. */
export const CHANGES = [
  ...['append', 'append more', 'overwrite', 'delete', 'delete all', 'update', 'merge', 'compact', 'checkpoint'],
  ...['describe', 'vacuum'],
] as const

export interface OutsideWriter {
  /** Changes the table. Returns its rows as JSON with texts, in order. */
  change(table: string, change: string): Promise<readonly string[]>
  end(): void
}

/** Starts one process that changes one table after another. */
export function startOutsideWriter(program: string): OutsideWriter {
  const script = fileURLToPath(new URL('outside_table.py', import.meta.url))
  const child = spawn(program, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    change: async (table, change) => {
      child.stdin.write(`${JSON.stringify({ table, change })}\n`)
      const { value, done } = await answers.next()
      if (done) throw new Error('outside_table.py has ended: it says why above')
      return (JSON.parse(value) as readonly unknown[]).map((row) => JSON.stringify(row)).sort()
    },
    end: () => child.stdin.end(),
  }
}
