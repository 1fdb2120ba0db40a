/** lake removes secrets, and nothing else, from text that it shows or stores. */
import { describe, expect, it } from 'vitest'
import {
  hideSecret,
  isSecretName,
  redact,
  secretSettings,
  withoutKnownSecrets,
} from '../../../framework/text/redact.ts'

const VALUE = 'planted-5c1f0b'

describe('text from programs', () => {
  it.each([
    [
      `--conf spark.hadoop.fs.s3a.secret.key=${VALUE} main.py`,
      '--conf spark.hadoop.fs.s3a.secret.key=(redacted) main.py',
    ],
    [`fs.s3a.access.key = ${VALUE}`, 'fs.s3a.access.key = (redacted)'],
    [`{"session-token": "${VALUE} \\" more", "b": 1}`, '{"session-token": "(redacted)", "b": 1}'],
    [`{'javax.jdo.option.ConnectionPassword': '${VALUE}'}`, "{'javax.jdo.option.ConnectionPassword': '(redacted)'}"],
    [`at https://user:${VALUE}@host:9000/a?b=1`, 'at https://(redacted)@host:9000/a?b=1'],
    [`jdbc:postgresql://${VALUE}@host/db`, 'jdbc:postgresql://(redacted)@host/db'],
    [`PASSWORD=${VALUE}`, 'PASSWORD=(redacted)'],
  ])('is shown without secrets: %s', (text, shown) => {
    expect(redact(text)).toBe(shown)
    expect(redact(shown)).toBe(shown)
  })

  it.each([
    'the query of songs failed: no column token. Did you mean artist?',
    's3://bucket/lake/songs/part-1.parquet@2',
    'Write to me@example.com about http://example.com/a@b',
    'spark.sql.shuffle.partitions=1',
    '"title": "Secret", "year": 2018',
  ])('is unchanged if it has no secrets: %s', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('is searched in a time that is linear in its length', () => {
    for (const text of [
      'secret'.repeat(50_000),
      '"secret" : "'.repeat(30_000),
      'a://'.repeat(60_000),
      `x${'-'.repeat(300_000)}`,
    ]) {
      expect(redact(text).length).toBeGreaterThan(0)
    }
  })
})

describe('values that are known to be secret', () => {
  it('are removed everywhere, even in JSON', () => {
    hideSecret(`${VALUE}"\\`)
    expect(withoutKnownSecrets(`before ${VALUE}"\\ after`)).toBe('before (redacted) after')
    expect(withoutKnownSecrets(JSON.stringify({ a: `${VALUE}"\\` }))).toBe('{"a":"(redacted)"}')
  })

  it('do not include values that occur in any text', () => {
    hideSecret('')
    hideSecret('true')
    expect(withoutKnownSecrets('it is true')).toBe('it is true')
  })
})

it('the name of a setting decides whether it is secret, by the rules of Spark', () => {
  expect(['spark.my.secretThing', 'PASSWORD', 'fs.s3a.access.key', 'accesskey', 'x.token'].every(isSecretName)).toBe(
    true,
  )
  expect(secretSettings({ 'spark.a.token': VALUE, 'spark.sql.ansi.enabled': 'true' })).toEqual({
    'spark.a.token': VALUE,
  })
})
