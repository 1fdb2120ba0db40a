/** Runs `lake simulate`: writes songs and events as source files. */
import { type SimulateOptions, simulate } from '../../../simulate/simulate.ts'
import { counted } from '../../../text/counted.ts'
import type { CommandContext, ExitStatus } from '../../context.ts'
import { parseLocalPath } from '../../project/location.ts'
import { toJson } from '../../terminal.ts'

export async function simulateCommand(
  { flags, terminal }: CommandContext,
  options: SimulateOptions,
): Promise<ExitStatus> {
  const out = parseLocalPath({ what: '--out', written: options.out, base: terminal.cwd })
  const { files, songs, events } = await simulate({ ...options, out })
  if (flags.json) terminal.out(toJson({ out, files, songs, events }))
  else
    terminal.note(
      `wrote ${counted(songs, 'song')} and ${counted(events, 'event')} in ${counted(files, 'file')} under ${out}`,
    )
  return 0
}
