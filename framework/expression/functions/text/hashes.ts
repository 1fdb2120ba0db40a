/** Functions that hash text. */
import type { ScalarFunction } from '../../function.ts'
import { BIGINT, TEXT } from '../../value-type.ts'
import { letting } from '../sql-fragments.ts'
import { textParameter } from './texts.ts'

export const HASHES: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'md5',
    parameters: [textParameter()],
    result: TEXT,
    nulls: 'argument',
    meaning: 'The MD5 hash of the UTF-8 bytes, as 32 lower-case hexadecimal digits.',
    sql: 'md5($1)',
  },
  {
    kind: 'scalar',
    name: 'sha256',
    parameters: [textParameter()],
    result: TEXT,
    nulls: 'argument',
    meaning: 'The SHA-256 hash of the UTF-8 bytes, as 64 lower-case hexadecimal digits.',
    sql: { duckdb: 'sha256($1)', spark: 'sha2($1, 256)' },
  },
  {
    kind: 'scalar',
    name: 'xxhash64',
    parameters: [textParameter()],
    result: BIGINT,
    nulls: 'argument',
    meaning:
      'The XXH64 hash of the UTF-8 bytes with the seed 42, as a bigint: what Spark’s own `xxhash64` gives for a text. Two texts can have the same hash.',
    sql: {
      duckdb: 'lake_xxhash64(encode($1))',
      // Spark's hash of null is its seed.
      spark: ([text = ''], _, { dialect }) =>
        letting(dialect, text, (own) => `CASE WHEN ${own} IS NOT NULL THEN xxhash64(${own}) END`),
    },
  },
]
