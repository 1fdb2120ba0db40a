/** The scripts that make a shell ask lake for candidates. */

/** The first word of the command that the scripts call. The scripts call it, not people. */
export const COMPLETE = '__complete'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

/**
 * Each script calls the program by its name on the command line, so that a path to it works too.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_lake() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _lake lake
`,
  zsh: `#compdef lake
_lake() {
  local -a found
  found=("\${(@f)$("\${words[1]}" ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _lake lake
`,
  fish: `function __lake_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] ${COMPLETE} $words[2..-1] 2>/dev/null
end
complete -c lake -a '(__lake_complete)'
`,
}
