/** Runs `lake doctor`: checks the project, this machine, the lake and the engine. */
import { type Diagnosis, failure, isFailed, ok, skipped } from '../../../doctor/check.ts'
import { descriptionsFinding } from '../../../doctor/description-check.ts'
import { diagnose } from '../../../doctor/diagnose.ts'
import { nodeFinding } from '../../../doctor/embedded-checks.ts'
import { environmentCheck } from '../../../doctor/environment-check.ts'
import { LakeError } from '../../../errors.ts'
import { doctorDocument, doctorText } from '../../../report/doctor-text.ts'
import { counted } from '../../../text/counted.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import type { Project } from '../../project/project.ts'

/** Exits with 1 if a check failed. Reports a project that does not load as a failed check. */
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

function loadedProject({ root, config, graph }: Project, profile = 'default'): readonly Diagnosis[] {
  const sources = graph.assets.filter(({ kind }) => kind === 'source').length
  const tables = graph.assets.length - sources
  const found = `${counted(sources, 'source')} and ${counted(tables, 'table')}, without a mistake`
  return [
    { name: 'config', ...ok(`the config of ${root}, profile ${profile}`) },
    { name: 'assets', ...ok(found) },
    { name: 'descriptions', ...descriptionsFinding(graph.assets) },
    ...environmentCheck(config, process.env),
  ]
}

function brokenProject(error: LakeError): readonly Diagnosis[] {
  if (error.code === 'definition') {
    return [{ name: 'config', ...ok('it loads') }, { name: 'assets', ...failure(error) }, skipped('all else', 'assets')]
  }
  return [{ name: 'config', ...failure(error) }, skipped('all else', 'config')]
}

/** How long checks that never answered can keep the process alive, in milliseconds. */
const LEAVE_MS = 250

/**
 * Does not wait for checks that never answered. The timer itself does not keep the process alive.
 */
function leaveSoon(): void {
  setTimeout(() => process.exit(), LEAVE_MS).unref()
}
