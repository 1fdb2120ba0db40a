/** Writes docs/reference/commands.md from the table of commands. */
import type { Argument, Option } from 'commander'
import { COMMANDS, type CommandSpec, GLOBAL_FLAGS } from '../../../framework/cli/commands/command-table.ts'
import { row } from './documented.ts'

const INTRODUCTION = `# Commands

This page is generated from the code by \`npm run docs\`. \`npx lake COMMAND --help\` prints the same.

Flags can be before or after the command. With \`--json\` a command prints one document on standard
output (\`materialize\` prints one [event](events.md) a line), and messages for people go to standard
error. Exit status: 0 done; 1 an asset or a check failed; 2 bad usage, config or definition; 3 another
run holds what this one needs; 130 interrupted.
`

export function commandsDocument(): string {
  const all = COMMANDS.flatMap((spec) => withSubcommands(spec))
  return [
    INTRODUCTION,
    `## Flags of every command\n\n${flagTable(GLOBAL_FLAGS)}`,
    ...all.map(({ name, spec }) => section(name, spec)),
  ].join('\n')
}

interface NamedCommand {
  readonly name: string
  readonly spec: CommandSpec
}

function withSubcommands(spec: CommandSpec, parent = ''): readonly NamedCommand[] {
  const name = `${parent}${spec.name}`
  return [{ name, spec }, ...(spec.commands ?? []).flatMap((sub) => withSubcommands(sub, `${name} `))]
}

function section(name: string, { help, arguments: words = [], flags = [], load }: CommandSpec): string {
  const usage = [
    'lake',
    name,
    ...(load ? [] : ['COMMAND']),
    ...words.map(usageOf),
    ...(flags.length > 0 ? ['[flags]'] : []),
  ]
  const described = words.filter(({ description, argChoices }) => description || argChoices)
  return [
    `## \`lake ${name}\`\n`,
    `${sentence(help)}\n`,
    `\`\`\`\n${usage.join(' ')}\n\`\`\`\n`,
    ...(described.length > 0 ? [`| argument | meaning |\n|---|---|\n${described.map(argumentRow).join('\n')}\n`] : []),
    ...(flags.length > 0 ? [flagTable(flags)] : []),
  ].join('\n')
}

const usageOf = (argument: Argument): string => {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
}

const argumentRow = (argument: Argument): string =>
  row(`\`${argument.name()}\``, argument.description || choices(argument.argChoices))

const flagTable = (flags: readonly Option[]): string =>
  `| flag | meaning |\n|---|---|\n${flags.map((flag) => row(`\`${flag.flags}\``, flagMeaning(flag))).join('\n')}\n`

function flagMeaning({ description, argChoices, mandatory, defaultValue, defaultValueDescription }: Option): string {
  const standard = defaultValueDescription ?? defaultValue
  return [
    description,
    ...(argChoices ? [choices(argChoices)] : []),
    ...(mandatory ? ['required'] : []),
    ...(standard === undefined ? [] : [`default: ${standard}`]),
  ].join('; ')
}

const choices = (values: readonly string[] | undefined): string =>
  (values ?? []).map((value) => `\`${value}\``).join(', ')

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
