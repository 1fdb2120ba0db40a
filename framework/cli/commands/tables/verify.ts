import { select } from '../../../graph/selection.ts'
import { type Verification, verify } from '../../../maintain/verify.ts'
import { verificationText, verifySummary } from '../../../report/tables/verify-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { openLocalEngine, scratchRoot } from '../../engines.ts'
import { interruptibleReading } from '../../interrupt.ts'
import { toJson } from '../../terminal.ts'

export interface VerifyFlags {
  readonly limit: number
}

/** Ends with 1 where rows differ, and where it failed to find out; what is stale counts for nothing. */
export async function verifyCommand(
  context: CommandContext,
  selection: readonly string[],
  { limit }: VerifyFlags,
): Promise<ExitStatus> {
  const { terminal, flags } = context
  const project = await projectOf(context)
  const { graph, places } = project
  const page = terminal.page()
  const keyWidth = Math.max(...select(graph, selection).map((key) => key.length))
  const verifications = await interruptibleReading((signal) =>
    verify({
      ...{ graph, places, selection, limit, signal },
      openEngine: (scratch) => openLocalEngine(project, scratch),
      scratchRoot: scratchRoot(places.lake),
      now: () => new Date(),
      done: (verification) => {
        if (!flags.json) terminal.out(verificationText(verification, keyWidth, page))
      },
    }),
  )
  terminal.out(flags.json ? toJson({ assets: verifications.map(verificationDocument) }) : verifySummary(verifications))
  return verifications.some(isBad) ? 1 : 0
}

function isBad(verification: Verification): boolean {
  switch (verification.result) {
    case 'equal':
      return false
    case 'different':
      return true
    case 'not-verified':
      return verification.error !== null
  }
}

function verificationDocument(verification: Verification) {
  const { key, result } = verification
  const empty = {
    version: null,
    rows: null,
    missing: 0,
    extra: 0,
    sample: [],
    sinceVersion: null,
    since: null,
    why: null,
  }
  switch (verification.result) {
    case 'equal':
      return { key, result, ...empty, version: verification.version, rows: verification.rows }
    case 'different': {
      const { version, rows, missing, extra, sample, since } = verification
      return {
        key,
        result,
        ...empty,
        version,
        rows,
        missing,
        extra,
        sample,
        sinceVersion: since?.version ?? null,
        since,
      }
    }
    case 'not-verified': {
      const { why, error } = verification
      return { key, result, ...empty, missing: null, extra: null, why, ...(error && { error }) }
    }
  }
}
