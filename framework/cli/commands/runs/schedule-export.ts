/** Runs `lake schedule export`: prints the schedules for another scheduler. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as z from 'zod'
import { LakeError } from '../../../errors.ts'
import { exportSchedules, type ScheduleExport, type ScheduleFormat } from '../../../schedule/export/export-schedules.ts'
import { shellWord } from '../../../schedule/export/refresh-command.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { schedulesOf } from '../../project/schedules.ts'
import { absoluteFlags, globalArguments } from '../../same-lake.ts'

interface ScheduleExportValues {
  readonly format: ScheduleFormat
  readonly image?: string
  /** The path of a JSON file. */
  readonly target?: string
  readonly container: string
}

export async function exportSchedulesCommand(
  context: CommandContext,
  values: ScheduleExportValues,
): Promise<ExitStatus> {
  const project = await projectOf(context)
  const text = exportSchedules(schedulesOf(project), await exportOf(context, project.root, values))
  context.terminal.print({ document: () => ({ format: values.format, text }), text: () => text, quotesData: true })
  return 0
}

async function exportOf(context: CommandContext, root: string, values: ScheduleExportValues): Promise<ScheduleExport> {
  const { format, image, target, container } = values
  // In a container, relative paths start at the project in the image.
  const flags = globalArguments(context.flags)
  switch (format) {
    case 'crontab':
    case 'systemd':
      return { format, ...localCommand(context, root) }
    case 'kubernetes':
      if (image === undefined) throw missing('--image', 'the container image that holds the project')
      return { format, image, flags }
    case 'eventbridge':
      if (target === undefined) throw missing('--target', 'a JSON file with the Target of CreateSchedule')
      return { format, target: await readTarget(resolve(context.terminal.cwd, target)), container, flags }
  }
}

/**
 * The command with the full path of this program, because cron and systemd use another directory
 * and a short PATH.
 */
function localCommand({ flags, terminal }: CommandContext, root: string) {
  const program = [process.execPath, process.argv[1] ?? 'lake'].map(shellWord).join(' ')
  return { command: `cd ${shellWord(root)} && ${program}`, flags: globalArguments(absoluteFlags(flags, terminal.cwd)) }
}

const missing = (flag: string, what: string): LakeError =>
  new LakeError('usage', { problem: `this format needs ${flag}: ${what}`, remedy: `Add ${flag}.` })

const targetSchema = z.looseObject({ Arn: z.string(), RoleArn: z.string() })

async function readTarget(file: string): Promise<z.infer<typeof targetSchema>> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  const parsed = targetSchema.safeParse(text === undefined ? undefined : parseJson(text))
  if (parsed.success) return parsed.data
  throw new LakeError('usage', {
    problem: text === undefined ? `cannot read ${file}` : `${file} is not a JSON object with the texts Arn and RoleArn`,
    remedy: 'Write the Target of CreateSchedule to it: Arn (the ECS cluster), RoleArn and EcsParameters.',
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
