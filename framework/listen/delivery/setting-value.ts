/** Reads settings of the config from the environment, and hides their values. */
import { type FromEnvironment, isHttpUrl } from '../../declare/runs/environment.ts'
import { type Result, refused } from '../../refusal.ts'
import { hideSecret } from '../../text/redact.ts'

export type Setting = string | FromEnvironment

interface Known {
  readonly kind: 'known'
  readonly value: string
}

/** Refuses a variable that is not set. */
export function settingValue(setting: Setting): Result<Known> {
  if (typeof setting === 'string') return { kind: 'known', value: setting }
  const value = process.env[setting.name] ?? ''
  if (value === '') return refused(`the environment variable ${setting.name} is not set`)
  hideSecret(value)
  return { kind: 'known', value }
}

interface KnownUrl {
  readonly kind: 'url'
  readonly url: URL
}

/** Refuses anything but a URL of HTTP. Hides the part after the host, which often is a secret. */
export function urlOf(setting: Setting): Result<KnownUrl> {
  const known = settingValue(setting)
  if (known.kind === 'refused') return known
  if (!isHttpUrl(known.value)) return refused('its url is not a URL of http: or https:')
  const url = new URL(known.value)
  if (url.pathname !== '/') hideSecret(`${url.pathname}${url.search}`)
  return { kind: 'url', url }
}
