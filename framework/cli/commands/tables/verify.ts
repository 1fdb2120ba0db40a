/** Runs `lake verify`: rebuilds versions from their recorded inputs and compares the rows. */
import { select } from '../../../graph/selection.ts'
import { type Verification, verify } from '../../../maintain/verify.ts'
import { verificationText, verifySummary } from '../../../report/tables/verify-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { openLocalEngine, scratchRoot } from '../../engines.ts'
import { interruptibleReading } from '../../interrupt.ts'

interface VerifyValues {
  readonly selection: readonly string[]
  /** Maximum number of rows to show of each kind of difference. */
  readonly limit: number
}

/**
 * Exits with 1 if rows differ, or if a table cannot be verified. A stale table does not count as a
 * failure.
 */
export async function verifyCommand(context: CommandContext, { selection, limit }: VerifyValues): Promise<ExitStatus> {
  const { terminal, flags } = context
  const project = await projectOf(context)
  const { graph, storages } = project
  const page = terminal.page()
  const keyWidth = Math.max(...select(graph, selection).map((key) => key.length))
  const verifications = await interruptibleReading((signal) =>
    verify({
      graph,
      storages,
      selection,
      limit,
      signal,
      openEngine: (scratch) => openLocalEngine(project, scratch),
      scratchRoot: scratchRoot(storages.lake),
      now: () => new Date(),
      done: (verification) => {
        if (!flags.json) terminal.out(verificationText(verification, keyWidth, page))
      },
    }),
  )
  terminal.print({
    document: () => ({ assets: verifications.map(verificationDocument) }),
    text: () => verifySummary(verifications),
  })
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
  const unknown = {
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
      return { key, result, ...unknown, version: verification.version, rows: verification.rows }
    case 'different': {
      const { version, rows, missing, extra, sample, since } = verification
      return {
        key,
        result,
        ...unknown,
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
      return { key, result, ...unknown, missing: null, extra: null, why, ...(error && { error }) }
    }
  }
}
