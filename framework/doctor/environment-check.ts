/**
 * Checks the environment variables that hooks and lineage read, and their URLs, for `lake doctor`.
 */
import type { ProjectConfig } from '../declare/project.ts'
import { type FromEnvironment, isHttpUrl } from '../declare/runs/environment.ts'
import { type Diagnosis, ok, warning } from './check.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Returns no check if the config reads no variables and its URLs are URLs. Values are never shown.
 */
export function environmentCheck(
  { hooks = [], lineage }: Pick<ProjectConfig, 'hooks' | 'lineage'>,
  environment: Environment,
): readonly Diagnosis[] {
  const settings = [hooks, lineage]
  const names = [...new Set(variablesIn(settings))]
  const missing = names.filter((name) => (environment[name] ?? '') === '')
  const wrong = [...new Set(urlsIn(settings).flatMap((url) => wrongUrl(url, environment)))]
  if (names.length === 0 && wrong.length === 0) return []
  const found = [
    ...(missing.length === 0 ? [] : [`${missing.join(', ')}: not set`]),
    ...(wrong.length === 0 ? [] : [`${wrong.join(', ')}: not a URL of http: or https:`]),
  ]
  const finding =
    found.length === 0
      ? ok(`${names.join(', ')}: set`)
      : warning(
          found.join('; '),
          'Set it in the environment of lake, or in the config: until then, nothing is sent to the hooks and the lineage that need it.',
        )
  return [{ name: 'environment', ...finding }]
}

/** Returns the name of the setting if it has a value that is not a URL. */
function wrongUrl(url: unknown, environment: Environment): readonly string[] {
  const [name, value] = isVariable(url) ? [url.name, environment[url.name] ?? ''] : ['a url of the config', String(url)]
  return value === '' || isHttpUrl(value) ? [] : [name]
}

function urlsIn(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => (key === 'url' ? [part] : urlsIn(part)))
}

function variablesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return isVariable(value) ? [value.name] : Object.values(value).flatMap(variablesIn)
}

const isVariable = (value: unknown): value is FromEnvironment =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'env'
