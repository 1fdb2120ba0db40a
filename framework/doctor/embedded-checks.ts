/** Checks Node and the embedded engine for `lake doctor`. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineSettings } from '../declare/project.ts'
import { messageOf } from '../errors.ts'
import { answerProbe, type Diagnosis, type Finding, failed, ok } from './check.ts'

/** Minimum version of Node. package.json declares the same for npm. */
const MIN_NODE = [20, 19] as const

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [minMajor, minMinor] = MIN_NODE
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return ok(version)
  return failed(`${version} is too old`, `Install Node ${MIN_NODE.join('.')} or newer.`)
}

/**
 * Checks whether the embedded engine starts. `lake query` and others need it, even if another
 * engine builds the tables.
 */
export function embeddedCheck(engine: EngineSettings | undefined): Promise<Diagnosis> {
  return answerProbe({ name: 'DuckDB', ask: () => duckDbFinding(engine) })
}

async function duckDbFinding(engine: EngineSettings | undefined): Promise<Finding> {
  const temporary = await mkdtemp(join(tmpdir(), 'lake-doctor-'))
  try {
    const { DuckDbSession, defaultSettings } = await import('../engines/duckdb/duckdb-session.ts')
    const settings = { ...defaultSettings(), ...(engine?.kind === 'duckdb' && ownSettings(engine)) }
    const session = await DuckDbSession.open(settings, temporary)
    try {
      const [row] = await session.withConnection((db) => db.rows('SELECT version() AS version'))
      return ok(`${String(row?.version)}, ${settings.memoryLimit} of memory, ${settings.threads} threads`)
    } finally {
      session.close()
    }
  } catch (error) {
    const message = messageOf(error)
    return failed(
      `it does not start: ${message}`,
      'Run npm ci on this machine: it installs the program for its system.',
    )
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

function ownSettings({ memoryLimit, threads }: { readonly memoryLimit?: string; readonly threads?: number }) {
  return { ...(memoryLimit !== undefined && { memoryLimit }), ...(threads !== undefined && { threads }) }
}
