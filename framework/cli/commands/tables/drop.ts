/** Runs `lake drop`: removes a table that no asset declares. */
import { createInterface } from 'node:readline/promises'
import { LakeError } from '../../../errors.ts'
import { dropTable, tableToDrop } from '../../../maintain/drop-table.ts'
import { bytes, counted } from '../../../report/layout/format-numbers.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'

interface DropValues {
  readonly key: string
  readonly yes?: boolean
}

export async function dropCommand(context: CommandContext, { key, yes = false }: DropValues): Promise<ExitStatus> {
  const { terminal } = context
  const { graph, storages } = await projectOf(context)
  const items = await tableToDrop(storages.lake, graph, key)
  const size = items.reduce((sum, item) => sum + item.size, 0)
  const what = `the table ${key} in ${storages.lake.uri}, ${counted(items.length, 'file')}, ${bytes(size)}`
  if (!yes && !(await isConfirmed(context, what))) {
    terminal.note('Nothing was deleted.')
    return 1
  }
  const dropped = await dropTable(storages.lake, graph, { key, now: () => new Date() })
  terminal.print({
    document: () => dropped,
    text: () => `Dropped ${key}: ${counted(dropped.files, 'file')}, ${bytes(dropped.bytes)}.`,
  })
  return 0
}

async function isConfirmed({ terminal, flags }: CommandContext, what: string): Promise<boolean> {
  if (!terminal.interactive || flags.json) {
    throw new LakeError('usage', {
      problem: `This deletes ${what}, with all of its versions`,
      remedy: 'Give --yes to do it.',
    })
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await prompt.question(`Delete ${what}, with all of its versions? [y/N] `)).trim())
  } finally {
    prompt.close()
  }
}
