#!/usr/bin/env node
import { CommanderError } from 'commander'
import { exitStatus, LakeError } from '../errors.ts'
import { reportError } from '../run/error-report.ts'
import { printable } from '../text/printable.ts'
import type { ExitStatus } from './context.ts'
import { leaveOnSignals } from './interrupt.ts'
import { outliveReaders, outputProblem } from './output.ts'
import { buildProgram } from './program.ts'
import type { GlobalFlags } from './project/project.ts'
import { suggesting, suggestingIn } from './same-lake.ts'
import { toJson } from './terminal.ts'

/** Runs the command line and returns the exit status of the Contract. */
async function main(argv: readonly string[]): Promise<ExitStatus> {
  let status: ExitStatus = 0
  const program = buildProgram((ended) => {
    status = ended
  })
  const json = argv.includes('--json')
  for (const command of [program, ...program.commands, ...program.commands.flatMap((parent) => parent.commands)]) {
    command.exitOverride()
    if (json) command.configureOutput({ writeErr: () => undefined })
  }
  const suggest = () => suggesting(program.opts<GlobalFlags>())
  try {
    await program.parseAsync(argv, { from: 'user' })
    return status
  } catch (error) {
    return tellError(error, { json, suggest: suggest() })
  }
}

/** As JSON on standard output where that was asked for, else in words on standard error. Only bugs show their stack. */
interface Telling {
  readonly json: boolean
  readonly suggest: (text: string) => string
}

function tellError(error: unknown, { json, suggest }: Telling): ExitStatus {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    // commander has told people already.
    if (json) process.stdout.write(`${toJson({ error: { code: 'usage', message: usageMessage(error) } })}\n`)
    return 2
  }
  const report = suggestingIn(suggest, reportError(error))
  if (json) process.stdout.write(`${toJson({ error: report })}\n`)
  else
    process.stderr.write(
      printable(`lake: ${report.code === 'bug' ? 'this is a bug, please report it:\n' : ''}${report.message}\n`),
    )
  return error instanceof LakeError ? exitStatus(error.code) : 1
}

const usageMessage = (error: CommanderError) => error.message.replace(/^error: /, '')

/** Work whose output could not be written has not done all that was asked. */
function withOutput(status: ExitStatus): ExitStatus {
  const problem = outputProblem()
  if (!problem) return status
  process.stderr.write(`lake: the output could not be written: ${problem.message}\n`)
  return status === 0 ? 1 : status
}

outliveReaders()
leaveOnSignals()
process.exitCode = withOutput(await main(process.argv.slice(2)))
