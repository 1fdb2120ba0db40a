/** Functions that hash text. */
import type { ScalarFunction } from '../../function.ts'
import { TEXT } from '../../value-type.ts'
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
]
