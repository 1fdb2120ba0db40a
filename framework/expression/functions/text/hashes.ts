/** Functions of bytes and of texts that stand for bytes, and those that hash text or bytes. */
import type { SqlDialect } from '../../dialect.ts'
import type { Parameter, ScalarFunction, ScalarSql } from '../../function.ts'
import { BIGINT, BINARY, INT, TEXT } from '../../value-type.ts'
import { BASE64_TEXT, HEX_TEXT, readable } from '../readable-text.ts'
import { letting } from '../sql-fragments.ts'
import { textParameter } from './texts.ts'

const bytes: Parameter = { name: 'bytes', kinds: ['binary'] }
const hashed: Parameter = { name: 'value', kinds: ['text', 'binary'] }

/** Each engine reads texts that others refuse, so a text has to match the pattern. */
function decoded(pattern: string, { duckdb, spark }: Readonly<Record<SqlDialect['name'], string>>): ScalarSql {
  return ([text = ''], _, { dialect }) => {
    const encoded = readable(text, pattern, dialect)
    return dialect.name === 'duckdb' ? `${duckdb}(${encoded})` : `to_binary(${encoded}, '${spark}')`
  }
}

export const BYTES: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'octet_length',
    parameters: [bytes],
    result: INT,
    nulls: 'argument',
    meaning: 'The number of bytes.',
    sql: { duckdb: 'CAST(octet_length($1) AS INTEGER)', spark: 'octet_length($1)' },
  },
  {
    kind: 'scalar',
    name: 'to_hex',
    parameters: [bytes],
    result: TEXT,
    nulls: 'argument',
    meaning: 'Two lower-case hexadecimal digits for each byte.',
    sql: 'lower(hex($1))',
  },
  {
    kind: 'scalar',
    name: 'from_hex',
    parameters: [textParameter()],
    result: BINARY,
    nulls: 'argument',
    meaning:
      'The bytes that the text stands for: two hexadecimal digits for each byte, in upper or lower case. The query fails for other text.',
    sql: decoded(HEX_TEXT, { duckdb: 'unhex', spark: 'hex' }),
  },
  {
    kind: 'scalar',
    name: 'to_base64',
    parameters: [bytes],
    result: TEXT,
    nulls: 'argument',
    meaning: 'The bytes as base64, with padding and without line breaks.',
    // Spark writes lines of 76 characters.
    sql: { duckdb: 'to_base64($1)', spark: String.raw`replace(base64($1), '\r\n', '')` },
  },
  {
    kind: 'scalar',
    name: 'from_base64',
    parameters: [textParameter()],
    result: BINARY,
    nulls: 'argument',
    meaning:
      'The bytes that the text stands for: base64 with padding, as `fn.toBase64` writes it. The query fails for other text.',
    sql: decoded(BASE64_TEXT, { duckdb: 'from_base64', spark: 'base64' }),
  },
  {
    kind: 'scalar',
    name: 'to_binary',
    parameters: [textParameter()],
    result: BINARY,
    nulls: 'argument',
    meaning: 'The UTF-8 bytes of the text.',
    sql: { duckdb: 'encode($1)', spark: "encode($1, 'UTF-8')" },
  },
]

export const HASHES: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'md5',
    parameters: [hashed],
    result: TEXT,
    nulls: 'argument',
    meaning: 'The MD5 hash of the bytes, or of the UTF-8 bytes of the text, as 32 lower-case hexadecimal digits.',
    sql: 'md5($1)',
  },
  {
    kind: 'scalar',
    name: 'sha256',
    parameters: [hashed],
    result: TEXT,
    nulls: 'argument',
    meaning: 'The SHA-256 hash of the bytes, or of the UTF-8 bytes of the text, as 64 lower-case hexadecimal digits.',
    sql: { duckdb: 'sha256($1)', spark: 'sha2($1, 256)' },
  },
  {
    kind: 'scalar',
    name: 'xxhash64',
    parameters: [hashed],
    result: BIGINT,
    nulls: 'argument',
    meaning:
      'The XXH64 hash of the bytes, or of the UTF-8 bytes of the text, with the seed 42, as a bigint: what Spark’s own `xxhash64` gives. Two values can have the same hash.',
    sql: {
      duckdb: ([value = ''], [type]) => `lake_xxhash64(${type?.kind === 'binary' ? value : `encode(${value})`})`,
      // Spark's hash of null is its seed.
      spark: ([value = ''], _, { dialect }) =>
        letting(dialect, value, (own) => `CASE WHEN ${own} IS NOT NULL THEN xxhash64(${own}) END`),
    },
  },
]
