/**
 * The hash function XXH64, which DuckDB's SQL lacks. DuckDB calls it for a batch of rows at a time.
 */
import {
  BIGINT,
  BLOB,
  DuckDBBlobValue,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  type DuckDBVector,
} from '@duckdb/node-api'
import xxhash from 'xxhash-wasm'

/** Spark's seed. */
const SEED = 42n

const BITS = 64

/** Makes `lake_xxhash64(bytes)` known to all connections of the instance. Null gives null. */
export async function registerXxhash64(connection: DuckDBConnection): Promise<void> {
  const { h64Raw } = await xxhash()
  const hash = (bytes: Uint8Array) => BigInt.asIntN(BITS, h64Raw(bytes, SEED))
  const mainFunction = (_: unknown, input: DuckDBDataChunk, output: DuckDBVector) => {
    const values = input.getColumnVector(0)
    for (let row = 0; row < input.rowCount; row++) {
      const value = values.getItem(row)
      output.setItem(row, value instanceof DuckDBBlobValue ? hash(value.bytes) : null)
    }
    output.flush()
  }
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({ name: 'lake_xxhash64', returnType: BIGINT, parameterTypes: [BLOB], mainFunction }),
  )
}
