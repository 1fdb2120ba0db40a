/** Builds the command line from the table of commands, and runs the command that it names. */
import { Command } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { COMMAND_NAMES, COMMANDS, type CommandSpec, GLOBAL_FLAGS, type RunCommand } from './commands/command-table.ts'
import { COMPLETE } from './completion/scripts.ts'
import type { ExitStatus } from './context.ts'
import type { GlobalFlags } from './project/project.ts'
import { suggesting } from './same-lake.ts'
import { openTerminal } from './terminal.ts'

/** A command line that is built but not yet parsed. */
interface Program {
  /**
   * Parses the words and runs the command. Throws what the command throws, and a CommanderError on
   * bad usage.
   */
  run(argv: readonly string[]): Promise<ExitStatus>
  /** Puts the global flags into each command that a text suggests. */
  suggest(text: string): string
}

/** With `silent`, commander writes no usage errors: the caller reports them. */
export function buildProgram(options: { readonly silent: boolean }): Program {
  let status: ExitStatus = 0
  const call: Call = async (load, values) => {
    const flags = program.opts<GlobalFlags>()
    const run = await load()
    status = await run({ flags, terminal: openTerminal(flags, suggest), helpOf: helpIn(program) }, values as never)
  }
  const program = commandLine(call, options)
  const suggest = (text: string) => suggesting(program.opts<GlobalFlags>(), COMMAND_NAMES)(text)
  return {
    suggest,
    run: async (argv) => {
      if (argv[0] === COMPLETE) {
        const { complete } = await import('./completion/complete.ts')
        await complete(argv.slice(1), { commands: COMMANDS, globalFlags: GLOBAL_FLAGS })
        return 0
      }
      await program.parseAsync(argv, { from: 'user' })
      return status
    },
  }
}

/** The parser of the command line, which lets `call` run the command that it finds. */
export function commandLine(call: Call, { silent }: { readonly silent: boolean }): Command {
  const program = new Command('lake')
    .description('A typed asset graph for data lakes: rebuilds exactly what is stale, and says why.')
    .version(versions())
    .helpCommand(false)
    .addHelpText('after', '\n`lake help TOPIC` explains a topic; `lake help` lists them.')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(`lake --help` lists the commands, `lake COMMAND --help` the flags of one)')
    .exitOverride()
  if (silent) program.configureOutput({ writeErr: () => undefined })
  for (const flag of GLOBAL_FLAGS) program.addOption(flag)
  for (const spec of COMMANDS) addCommand(program, spec, call)
  return program
}

/** The first line is the version of lake alone. */
function versions(): string {
  const { '@duckdb/node-api': duckdb } = manifest.dependencies
  return [
    manifest.version,
    `Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    `DuckDB ${duckdb.replace(/-.*/, '')}, embedded`,
    'Spark 3.5 and 4.1 were tested; `lake doctor` says which one a profile starts',
  ].join('\n')
}

/** Finds the help of a command by the words that name it. */
const helpIn = (program: Command) => (words: readonly string[]) =>
  words
    .reduce<Command | undefined>((command, word) => command?.commands.find((one) => one.name() === word), program)
    ?.helpInformation()

type Call = (load: () => Promise<RunCommand>, values: Readonly<Record<string, unknown>>) => Promise<void>

/** commander copies the settings of `parent` to the command. */
function addCommand(parent: Command, spec: CommandSpec, call: Call): void {
  const command = parent.command(spec.name).description(spec.help)
  for (const argument of spec.arguments ?? []) command.addArgument(argument)
  for (const flag of spec.flags ?? []) command.addOption(flag)
  const { load } = spec
  if (load) command.action(() => call(load, { ...argumentsOf(command), ...command.opts() }))
  for (const subcommand of spec.commands ?? []) addCommand(command, subcommand, call)
}

function argumentsOf(command: Command): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    command.registeredArguments.map((argument, index) => [argument.name(), command.processedArgs[index]]),
  )
}
