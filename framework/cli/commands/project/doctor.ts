import { type Diagnosis, failure, isFailed, ok, skipped } from '../../../doctor/check.ts'
import { diagnose } from '../../../doctor/diagnose.ts'
import { nodeFinding } from '../../../doctor/embedded-checks.ts'
import { LakeError } from '../../../errors.ts'
import { doctorDocument, doctorText } from '../../../report/doctor-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import type { Project } from '../../project/project.ts'

/** 1 where a check failed. Nothing that is wrong with the project keeps it from being told. */
export async function doctorCommand(context: CommandContext): Promise<ExitStatus> {
  const node: Diagnosis = { name: 'Node', ...nodeFinding(process.versions.node) }
  const checks = [node, ...(await projectChecks(context))]
  context.terminal.print({
    document: () => doctorDocument(checks),
    text: (page) => doctorText(checks, page),
  })
  leaveSoon()
  return checks.some(isFailed) ? 1 : 0
}

async function projectChecks(context: CommandContext): Promise<readonly Diagnosis[]> {
  let project: Project
  try {
    project = await projectOf(context)
  } catch (error) {
    if (!(error instanceof LakeError)) throw error
    return brokenProject(error)
  }
  return [...loadedProject(project, context.flags.profile), ...(await diagnose(project))]
}

function loadedProject({ root, graph }: Project, profile = 'default'): readonly Diagnosis[] {
  const sources = graph.assets.filter(({ kind }) => kind === 'source').length
  const found = `${sources} sources and ${graph.assets.length - sources} tables, and no mistake in them`
  return [
    { name: 'config', ...ok(`that of ${root}, profile ${profile}`) },
    { name: 'assets', ...ok(found) },
  ]
}

function brokenProject(error: LakeError): readonly Diagnosis[] {
  if (error.code === 'definition') {
    return [{ name: 'config', ...ok('it loads') }, { name: 'assets', ...failure(error) }, skipped('all else', 'assets')]
  }
  return [{ name: 'config', ...failure(error) }, skipped('all else', 'config')]
}

const LEAVE_MS = 250

/** What never answered is not waited for. The timer itself keeps nothing alive. */
function leaveSoon(): void {
  setTimeout(() => process.exit(), LEAVE_MS).unref()
}
