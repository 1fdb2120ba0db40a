import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Profile } from '../declare/project.ts'
import type { Engine } from '../execute/engine.ts'
import type { Storage } from '../storage/storage.ts'

const SCRATCH = '_lake/scratch'

/** On the lake's own disk where it is local, so that finished files are moved into place and not copied. */
export function scratchRoot(lake: Storage): string {
  const located = lake.locate(SCRATCH)
  return located.includes('://') ? join(tmpdir(), 'lake-scratch') : located
}

/** The engine that the profile asks for. It is loaded here and nowhere else: what does not compute must not wait for it. */
export async function openEngine(profile: Profile, scratch: string): Promise<Engine> {
  const [{ DuckDbEngine }, { defaultSettings }] = await Promise.all([
    import('../engines/duckdb/duckdb-engine.ts'),
    import('../engines/duckdb/duckdb-session.ts'),
  ])
  const defaults = defaultSettings()
  const { memoryLimit = defaults.memoryLimit, threads = defaults.threads } = profile.engine ?? {}
  return new DuckDbEngine({ memoryLimit, threads }, join(scratch, 'spill'))
}
