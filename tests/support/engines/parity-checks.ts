/** Checks and patterns that all engines must interpret alike. */
import { bigint, defineAsset, defineSource, double, int, oneOf, sqlCheck, text, timestamp } from 'lake'
import type { ResolvedTable } from '../../../framework/graph/resolved-asset.ts'
import { resolveAll } from './engine-bench.ts'

const source = defineSource({
  key: 'typed',
  columns: {
    ...{ id: bigint(), i: int().nullable(), n: bigint().nullable(), small: bigint(), d: double().nullable() },
    ...{ t: text().nullable(), digits: text().nullable(), at: timestamp().nullable() },
  },
})

/** Every refinement, and SQL of an author, over the columns of `typedRow`. */
const checked = defineAsset({
  key: 'checked',
  columns: {
    id: bigint(),
    i: int().min(-1).lt(2147483647).multipleOf(7).nullable(),
    n: bigint().gt(-9223372036854775808n).max(9007199254740992n).multipleOf(3n).nullable(),
    small: bigint().positive(),
    d: double().min(-2.5).max(1e21).multipleOf(0.1).nullable(),
    t: text()
      .min(1)
      .max(4)
      .regex(/^[^a]$/)
      .nullable(),
    digits: text().length(1).nullable(),
    at: timestamp().min(new Date('0004-02-29T12:00:00Z')).max(new Date('2018-12-31T23:59:59.999Z')).nullable(),
  },
  partitionBy: ['digits'],
  upstream: { source },
  checks: [
    sqlCheck('quoted columns', `"n" > 0 AND "t" IN ('A', 'é') OR "at" IS NULL`),
    sqlCheck('a text that looks like a variable', `t = '\${env:HOME}' OR length(t) BETWEEN 2 AND 3 OR d / 3 > 1e0`),
  ],
  query: ({ db }) => db.selectFrom('source').select(['id', 'i', 'n', 'small', 'd', 't', 'digits', 'at']),
})

const words = defineAsset({
  key: 'words',
  columns: { t: oneOf('a', "it's", 'a\\b', '\0', 'é', `\${env:HOME}`, '"') },
  upstream: { source },
  query: ({ db }) => db.selectFrom('source').select('t').where('t', 'is not', null) as never,
})

export const CHECKED: readonly ResolvedTable[] = [checked, words].map((asset) => {
  const table = resolveAll([source, asset]).get(asset.key)
  if (table?.kind !== 'table') throw new Error(`${asset.key} is no table`)
  return table
})

/**
 * Regular expressions that mean the same to RE2 and to JavaScript. Java would read some of them
 * differently. (Each of the three knows only the letters of its own version of Unicode.)
 */
export const CHECKED_PATTERNS: readonly string[] = [
  ...[/^a$/, /a$/, /^$/, /./, /^.$/, /^..$/, /a.b/, /a.$/, /^[^\n]$/, /[^a]/, /[^.]/, /[.]/, /\./],
  ...[/\s/, /\S/, /^\s*$/, /[\s]/, /^[^\s]+$/, /^[\S]$/, /^\s+\S/, /[^\S]/, /\v/, /[\v]/, /\t/, /\n/, /\r/],
  ...[/\bb/, /a\b/, /\B/, /\Ba/, /\w/, /\W/, /\d/, /^[\w.-]+$/, /[^\d\s]/, /^[A-Z][a-z]*$/, /[-+]/, /^-?\d+(\.\d+)?$/],
  ...[
    /[[a]/,
    /[a&&b]/,
    /[&]/,
    /[a\]b]/,
    /[\\]/,
    /[$]/,
    /[{]/,
    /a{1}/,
    /a{1,}/,
    /a{1,2}b/,
    /a{,3}/,
    /a{/,
    /\\/,
    /'/,
    /"/,
    /\//,
  ],
  ...[
    /\p{L}b/u,
    /^\p{Lu}b/u,
    /a\P{L}/u,
    /[\p{L}]Z/u,
    /\x41/,
    /(a|b)+/,
    /(?:é|ß)/,
    /\$\{env/,
    /😀/u,
    /^[😀é]$/u,
    /a+?b/,
    /^(|a)$/,
  ],
].map(({ source: pattern }) => pattern)
