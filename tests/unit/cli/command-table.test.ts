/** Checks that the table of commands agrees with the modules that run them, and with the README. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMAND_NAMES, COMMANDS, type CommandSpec } from '../../../framework/cli/commands/command-table.ts'

const README = readFileSync(resolve(import.meta.dirname, '../../../README.md'), 'utf8')

interface NamedCommand {
  readonly name: string
  readonly spec: CommandSpec
}

function withSubcommands(specs: readonly CommandSpec[], parent = ''): readonly NamedCommand[] {
  return specs.flatMap((spec) => {
    const name = `${parent}${spec.name}`
    return [{ name, spec }, ...withSubcommands(spec.commands ?? [], `${name} `)]
  })
}

const ALL = withSubcommands(COMMANDS)

describe('the table of commands', () => {
  it.each(ALL)('$name runs a function of its module, or has subcommands', async ({ spec }) => {
    if (spec.load) expect(await spec.load()).toBeTypeOf('function')
    else expect(spec.commands).not.toEqual([])
  })

  it('gives each command its own function', async () => {
    const functions = await Promise.all(ALL.flatMap(({ spec }) => (spec.load ? [spec.load()] : [])))
    expect(new Set(functions).size).toBe(functions.length)
  })

  it('names no command twice', () => {
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length)
  })

  it.each(ALL)('$name has one value for each name of an argument or a flag', ({ spec }) => {
    const names = [
      ...(spec.arguments ?? []).map((argument) => argument.name()),
      ...(spec.flags ?? []).map((flag) => flag.attributeName()),
    ]
    expect(new Set(names).size).toBe(names.length)
  })

  it.each(COMMAND_NAMES)('contains %s, and so does the README', (name) => {
    expect(README).toMatch(new RegExp(`^\\|.*\`${name}\\b`, 'm'))
  })
})
