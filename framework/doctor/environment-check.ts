/**
 * Checks whether the environment variables that hooks and lineage read are set, for `lake doctor`.
 */
import type { ProjectConfig } from '../declare/project.ts'
import type { FromEnvironment } from '../declare/runs/environment.ts'
import { type Diagnosis, ok, warning } from './check.ts'

/** Returns no check if the config reads no variables. Values are never shown. */
export function environmentCheck(
  { hooks = [], lineage }: Pick<ProjectConfig, 'hooks' | 'lineage'>,
  environment: Readonly<Record<string, string | undefined>>,
): readonly Diagnosis[] {
  const names = [...new Set(variablesIn([hooks, lineage]))]
  if (names.length === 0) return []
  const missing = names.filter((name) => (environment[name] ?? '') === '')
  const finding =
    missing.length === 0
      ? ok(`${names.join(', ')}: set`)
      : warning(
          `${missing.join(', ')}: not set`,
          'Set it where lake runs: until then, nothing is sent to the hooks and the lineage that need it.',
        )
  return [{ name: 'environment', ...finding }]
}

function variablesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return isVariable(value) ? [value.name] : Object.values(value).flatMap(variablesIn)
}

const isVariable = (value: object): value is FromEnvironment => 'kind' in value && value.kind === 'env'
