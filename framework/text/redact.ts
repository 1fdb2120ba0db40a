/** Removes secrets from text that is shown or stored. */

/** Names of secrets: Spark's default of spark.redaction.regex. */
const SECRET_NAME = /secret|password|token|access[.]?key/i
const REDACTED = '(redacted)'
/** Minimum length of a hidden value. A shorter one would match unrelated text. */
const MIN_HIDDEN = 6

export const isSecretName = (name: string): boolean => SECRET_NAME.test(name)

const known = new Set<string>()

/**
 * Hides a secret value, such as a credential, in everything that this process shows or stores from
 * now on.
 */
export function hideSecret(value: string): void {
  if (value.length >= MIN_HIDDEN) known.add(value)
}

/** Removes only the values of `hideSecret`, so that it is safe for data too. */
export function withoutKnownSecrets(text: string): string {
  let shown = text
  for (const value of known) {
    shown = shown.replaceAll(value, REDACTED)
    // The value can have escaped characters in JSON.
    shown = shown.replaceAll(JSON.stringify(value).slice(1, -1), REDACTED)
  }
  return shown
}

/** The part before the @ in `https://user:password@host`. */
const USER_INFO = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#'"@]{1,500}@/gi
/** A setting on a command line: `spark.hadoop.fs.s3a.secret.key=value`. */
const SETTING = /(?<![\w.-])([\w.-]{1,400})(\s?=\s?)[^\s"'\\,;]+/g
/**
 * A member in JSON or in a Python dictionary: `"session-token": "value"`, `'password': 'value'`.
 */
const MEMBER = /((["'])([\w.-]{1,400})\2\s?:\s?(["']))(?:(?!\4)[^\\]|\\.){1,10000}(?=\4)/g

/**
 * Removes also values whose names look secret, and users in URIs. Use it for messages and the
 * output of programs, not for data.
 */
export function redact(text: string): string {
  return withoutKnownSecrets(text)
    .replace(USER_INFO, `$1${REDACTED}@`)
    .replace(SETTING, (all, name: string, sign: string) => (isHidden(name) ? name + sign + REDACTED : all))
    .replace(MEMBER, (all, head: string, _quote, name: string) => (isHidden(name) ? head + REDACTED : all))
}

/** Other programs also write "access key" with a dash or an underscore. */
const isHidden = (name: string): boolean => isSecretName(name) || /access[_-]key/i.test(name)

/** Returns the settings whose values are secrets. */
export function secretSettings(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => isSecretName(name)))
}
