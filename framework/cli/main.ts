#!/usr/bin/env node
/** Starts `lake`: runs the command line, reports errors, and sets the exit status. */
import { CommanderError } from 'commander'
import { exitStatus, LakeError } from '../errors.ts'
import { reportError } from '../run/error-report.ts'
import { printable } from '../text/printable.ts'
import type { ExitStatus } from './context.ts'
import { leaveOnSignals } from './interrupt.ts'
import { outliveReaders, outputProblem } from './output.ts'
import { buildProgram } from './program.ts'
import { suggestingIn } from './same-lake.ts'
import { toJson } from './terminal.ts'

async function main(argv: readonly string[]): Promise<ExitStatus> {
  const json = argv.includes('--json')
  const program = buildProgram({ silent: json })
  try {
    return await program.run(argv)
  } catch (error) {
    return printError(error, { json, suggest: program.suggest })
  }
}

interface ErrorOutput {
  readonly json: boolean
  readonly suggest: (text: string) => string
}

/**
 * Prints JSON on standard output with --json, else a message on standard error. Only bugs show
 * their stack.
 */
function printError(error: unknown, { json, suggest }: ErrorOutput): ExitStatus {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    // Without --json, commander has printed the message.
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

/** A command has failed if its output could not be written. */
function withOutput(status: ExitStatus): ExitStatus {
  const problem = outputProblem()
  if (!problem) return status
  process.stderr.write(`lake: the output could not be written: ${problem.message}\n`)
  return status === 0 ? 1 : status
}

outliveReaders()
leaveOnSignals()
void main(process.argv.slice(2)).then((status) => {
  process.exitCode = withOutput(status)
})
