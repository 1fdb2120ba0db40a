/** Runs `lake completion`: prints the script that completes lake's words in a shell. */
import { SCRIPTS, type Shell } from '../../completion/scripts.ts'
import type { CommandContext, ExitStatus } from '../../context.ts'
import { toJson } from '../../terminal.ts'

export async function completionCommand(
  { flags, terminal }: CommandContext,
  { shell }: { readonly shell: Shell },
): Promise<ExitStatus> {
  if (flags.json) terminal.out(toJson({ shell, script: SCRIPTS[shell] }))
  else terminal.data(SCRIPTS[shell])
  return 0
}
