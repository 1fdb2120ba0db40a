/** Leaves secrets out of text that is shown or stored. */

/** What a name says of its value: Spark's own default of spark.redaction.regex. */
const SECRET_NAME = /secret|password|token|access[.]?key/i
const REDACTED = '(redacted)'
/** A shorter value would be found in text that has nothing to do with it. */
const SHORTEST_KNOWN = 6

export const isSecretName = (name: string): boolean => SECRET_NAME.test(name)

const known = new Set<string>()

/** From now on this value is shown nowhere and stored nowhere by this process. For values that are known to be secret: settings, credentials. */
export function hideSecret(value: string): void {
  if (value.length >= SHORTEST_KNOWN) known.add(value)
}

/** The text without the values of `hideSecret`. Anything else stays, so that it is good for data too. */
export function withoutKnownSecrets(text: string): string {
  let shown = text
  for (const value of known) {
    shown = shown.replaceAll(value, REDACTED)
    // As it stands in JSON, where it has characters that are escaped there.
    shown = shown.replaceAll(JSON.stringify(value).slice(1, -1), REDACTED)
  }
  return shown
}

/** `https://user:password@host`: what stands before the @ of an authority. */
const USER_INFO = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#'"@]{1,500}@/gi
/** `spark.hadoop.fs.s3a.secret.key=value`, as in a setting of a command line. */
const SETTING = /(?<![\w.-])([\w.-]{1,400})(\s?=\s?)[^\s"'\\,;]+/g
/** `"session-token": "value"` and `'password': 'value'`, as in JSON and in Python's dictionaries. */
const MEMBER = /((["'])([\w.-]{1,400})\2\s?:\s?(["']))(?:(?!\4)[^\\]|\\.){1,10000}(?=\4)/g

/** The same, and without the values of what has the name of a secret, and without users in URIs. For messages and output of programs, not for data. */
export function redact(text: string): string {
  return withoutKnownSecrets(text)
    .replace(USER_INFO, `$1${REDACTED}@`)
    .replace(SETTING, (all, name: string, sign: string) => (isHidden(name) ? name + sign + REDACTED : all))
    .replace(MEMBER, (all, head: string, _quote, name: string) => (isHidden(name) ? head + REDACTED : all))
}

/** In text of others an access key may also be written with a dash or an underscore. */
const isHidden = (name: string): boolean => isSecretName(name) || /access[_-]key/i.test(name)

/** Settings by name -> those of them whose values are secrets. */
export function secretSettings(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => isSecretName(name)))
}
