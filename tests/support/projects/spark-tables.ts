/** Delta tables that delta-spark writes: the statements of their histories, and the sources. */
import { array, bigint, boolean, date, decimal, double, int, map, struct, text, timestamp } from 'lake'
import type { ColumnSchemas } from '../../../framework/declare/columns.ts'
import type { SparkVersion } from '../spark/spark.ts'

/** In a statement, `<t>` stands for the table, and `<input>` for the directory of the table. */
export interface Change {
  readonly statements: readonly string[]
  /** The columns that the source takes from now on. Undefined: the same as before. */
  readonly columns?: ColumnSchemas
  /** Whether the source stays fresh. */
  readonly isFresh?: boolean
  /** Whether the log is first made 40 days old, so that Spark removes its beginning. */
  readonly isAged?: boolean
}

export interface History {
  /** The first version of Spark that can write the table. */
  readonly since?: SparkVersion
  /**
   * Whether only `npm run fuzz` tries the table, because it takes long and other tables cover most
   * of it.
   */
  readonly isRare?: boolean
  readonly changes: readonly Change[]
}

export interface RefusedTable {
  readonly since?: SparkVersion
  readonly isRare?: boolean
  readonly statements: readonly string[]
  readonly columns: ColumnSchemas
  readonly code: string
  readonly message: RegExp
}

const change = (...statements: readonly string[]): Change => ({ statements })
/** A version with the same rows in the same files. */
const idle = (...statements: readonly string[]): Change => ({ statements, isFresh: true })
const taking = (columns: ColumnSchemas, ...statements: readonly string[]): Change => ({ statements, columns })

const VECTORS = "'delta.enableDeletionVectors' = 'true'"

/**
 * Rows with `n` ids, beginning with `from`. Some have nulls, and some have text that a path has to
 * escape.
 */
const plays = (from: number, n: number) => `
  SELECT id, CASE WHEN id % 5 = 0 THEN NULL ELSE concat('a=b %/:?#"\\'é日 +{}', id % 2) END AS title,
    timestamp_micros(1542241826796123 + id * 1000000) AS played_at,
    CAST(CAST(id AS DECIMAL(9, 2)) / 4 AS DECIMAL(9, 2)) AS price,
    CASE WHEN id % 3 = 0 THEN NULL ELSE named_struct('city', concat('C', id), 'zip', CAST(id AS INT)) END AS place,
    CASE WHEN id % 4 = 0 THEN NULL ELSE date_add(DATE'2018-11-01', CAST(id % 2 AS INT)) END AS day
  FROM range(${from}, ${from + n}, 1, 1)`

const PLAYS =
  'id BIGINT, title STRING, played_at TIMESTAMP, price DECIMAL(9, 2), place STRUCT<city: STRING, zip: INT>, day DATE'

const ofPlays = {
  id: bigint(),
  title: text().nullable(),
  played_at: timestamp().nullable(),
  price: decimal(9, 2).nullable(),
  place: struct({ city: text().nullable(), zip: int().nullable() }).nullable(),
  day: date().nullable(),
}

const MERGE = `MERGE INTO <t> AS t USING (${plays(10, 10)}) AS s ON t.id = s.id
  WHEN MATCHED AND s.id % 2 = 0 THEN UPDATE SET title = 'merged', day = DATE'2020-02-29'
  WHEN MATCHED AND s.id % 7 = 0 THEN DELETE
  WHEN NOT MATCHED THEN INSERT *`

const renamed = {
  ...ofPlays,
  price: decimal(9, 2).from('cost (USD)').nullable(),
  place: struct({ town: text().nullable(), zip: int().nullable() }).nullable(),
  day: date().from('on day').nullable(),
}

/** Columns get other names, and other columns then get the old names. */
const RENAMES: readonly Change[] = [
  taking(
    renamed,
    'ALTER TABLE <t> RENAME COLUMN price TO `cost (USD)`',
    'ALTER TABLE <t> RENAME COLUMN place.city TO town',
    'ALTER TABLE <t> RENAME COLUMN day TO `on day`',
  ),
  taking(
    { ...renamed, price: int().from('cost (USD)').nullable() },
    'ALTER TABLE <t> DROP COLUMNS (`cost (USD)`, place.zip)',
    'ALTER TABLE <t> ADD COLUMNS (`cost (USD)` INT, place.zip INT)',
    `INSERT INTO <t> (id, title, \`on day\`, place, \`cost (USD)\`)
      VALUES (900, '', DATE'2018-11-02', named_struct('town', 'x', 'zip', 7), 5)`,
  ),
]

const SCALARS = {
  id: bigint(),
  s: text().nullable(),
  b: boolean().nullable(),
  y: int().nullable(),
  n: decimal(20, 4).nullable(),
  f: double().nullable(),
  d: double().nullable(),
  day: date().nullable(),
  at: timestamp().nullable(),
  local: timestamp({ zone: 'America/New_York' }).nullable(),
}

const nested = (inner: ColumnSchemas) => ({
  id: bigint(),
  list: array(struct(inner).nullable()).nullable(),
  words: map(text(), struct(inner).nullable()).nullable(),
  deep: struct({ inner: struct({ xs: array(bigint().nullable()).nullable() }).nullable() }).nullable(),
  b: text().nullable(),
})

const wider = {
  id: bigint(),
  i: bigint().nullable(),
  d: double().nullable(),
  n: decimal(20, 6).nullable(),
  m: decimal(20, 6).nullable(),
  f: double().nullable(),
  at: timestamp({ zone: 'America/New_York' }).nullable(),
  inner_x: bigint().from('$.inner.x').nullable(),
  inner_n: decimal(12, 6).from('$.inner.n').nullable(),
  p: bigint().nullable(),
  q: timestamp({ zone: 'America/New_York' }).nullable(),
}

export const HISTORIES: Readonly<Record<string, History>> = {
  'columns mapped by name, partitions, deletion vectors, and checkpoints with sidecars': {
    changes: [
      taking(
        ofPlays,
        `CREATE TABLE <t> (${PLAYS}) USING DELTA PARTITIONED BY (day, title) TBLPROPERTIES (${VECTORS},
          'delta.columnMapping.mode' = 'name', 'delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '3')`,
        `INSERT INTO <t> ${plays(0, 14)}`,
      ),
      change('DELETE FROM <t> WHERE id % 10 = 3'),
      change('UPDATE <t> SET price = price + 1, place = NULL WHERE id < 8'),
      change(MERGE),
      idle("ALTER TABLE <t> SET TBLPROPERTIES ('team' = 'others')"),
      ...RENAMES,
      change('DELETE FROM <t> WHERE `on day` IS NULL'),
      change('OPTIMIZE <t>'),
      idle('VACUUM <t> RETAIN 0 HOURS'),
      change('DELETE FROM <t>'),
      change("INSERT INTO <t> (id, title) VALUES (1, 'again')"),
    ],
  },
  'columns mapped by id': {
    isRare: true,
    changes: [
      taking(
        ofPlays,
        `CREATE TABLE <t> (${PLAYS}) USING DELTA PARTITIONED BY (day) TBLPROPERTIES (${VECTORS}, 'delta.columnMapping.mode' = 'id')`,
        `INSERT INTO <t> ${plays(0, 14)}`,
      ),
      change(MERGE),
      ...RENAMES,
    ],
  },
  'classic checkpoints in parts': {
    isRare: true,
    changes: [
      taking(
        ofPlays,
        'SET spark.databricks.delta.checkpoint.partSize = 3',
        `CREATE TABLE <t> (${PLAYS}) USING DELTA PARTITIONED BY (day)
          TBLPROPERTIES (${VECTORS}, 'delta.checkpointInterval' = '2')`,
        `INSERT INTO <t> ${plays(0, 14)}`,
        MERGE,
      ),
      change(
        `INSERT INTO <t> ${plays(300, 5)}`,
        'DELETE FROM <t> WHERE id % 10 = 2',
        'RESET spark.databricks.delta.checkpoint.partSize',
      ),
      change('RESTORE TABLE <t> TO VERSION AS OF 1'),
      change(`INSERT INTO <t> REPLACE WHERE day = DATE'2018-11-02' SELECT * FROM (${plays(1, 1)})`),
      taking(
        { id: bigint(), title: text().nullable(), place: text().nullable() },
        `CREATE OR REPLACE TABLE <t> USING DELTA AS SELECT id, 'new' AS title, 'there' AS place FROM range(3)`,
      ),
      change('DELETE FROM <t>'),
    ],
  },
  'partitions of many types': {
    changes: [
      taking(
        SCALARS,
        `CREATE TABLE <t> (id BIGINT, s STRING, b BOOLEAN, y TINYINT, n DECIMAL(20, 4), f FLOAT, d DOUBLE, day DATE,
          at TIMESTAMP, local TIMESTAMP_NTZ) USING DELTA PARTITIONED BY (s, b, y, n, f, d, day, at, local)`,
        `INSERT INTO <t> VALUES
          (1, 'x', true, 5Y, -1.5, 1.5, -0.25, DATE'2018-11-01', TIMESTAMP'2018-11-15 00:30:26.796123',
            TIMESTAMP_NTZ'2018-11-15 00:30:26.796'),
          (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
          (3, '__HIVE_DEFAULT_PARTITION__', false, -128Y, 9999999999999999.9999, 1.1, 1.0E-7, DATE'0001-01-01',
            TIMESTAMP'1969-12-31 23:59:59.5', TIMESTAMP_NTZ'2018-01-01 00:00:00'),
          (4, 'null', false, 0Y, 0, 0, 1.0E20, DATE'9999-12-31', TIMESTAMP'2018-11-15 00:00:00',
            TIMESTAMP_NTZ'1900-02-28 12:00:00')`,
        `INSERT INTO <t> (id, s) VALUES (5, ''), (6, ' '), (7, 'a/b\\\\c'), (8, '%20'), (9, 'a\\tb'), (10, '..'), (11, 'é日')`,
      ),
      change("UPDATE <t> SET s = 'changed' WHERE id % 2 = 1"),
    ],
  },
  'a log that has lost its beginning': {
    changes: [
      taking(
        { id: int() },
        `CREATE TABLE <t> (id INT) USING DELTA
          TBLPROPERTIES ('delta.checkpointInterval' = '2', 'delta.logRetentionDuration' = 'interval 1 days',
            'delta.deletedFileRetentionDuration' = 'interval 1 days')`,
        'INSERT INTO <t> VALUES (1)',
      ),
      change('INSERT INTO <t> VALUES (2)'),
      { ...change('INSERT INTO <t> VALUES (3)', 'INSERT INTO <t> VALUES (4)'), isAged: true },
    ],
  },
  'nested values': {
    changes: [
      taking(
        nested({ a: int().nullable() }),
        `CREATE TABLE <t> (id BIGINT NOT NULL, list ARRAY<STRUCT<a: INT>>, words MAP<STRING, STRUCT<a: INT>>,
          deep STRUCT<inner: STRUCT<xs: ARRAY<BIGINT>>>, b BINARY) USING DELTA
          TBLPROPERTIES (${VECTORS}, 'delta.columnMapping.mode' = 'name')`,
        `INSERT INTO <t> VALUES
          (1, array(named_struct('a', 1), NULL), map('k', named_struct('a', 2), 'l', NULL),
            named_struct('inner', named_struct('xs', array(1L, NULL))), X'C3A9'),
          (2, array(), map(), named_struct('inner', NULL), X''), (3, NULL, NULL, NULL, NULL)`,
      ),
      taking(
        nested({ a: int().nullable(), b: text().nullable() }),
        'ALTER TABLE <t> ADD COLUMNS (list.element.b STRING, words.value.b STRING)',
        `INSERT INTO <t> VALUES (4, array(named_struct('a', 1, 'b', 'x')), map('k', named_struct('a', 2, 'b', 'y')), NULL, X'41')`,
      ),
      taking(
        { id: bigint(), list: array(struct({ c: int().nullable(), b: text().nullable() }).nullable()).nullable() },
        'ALTER TABLE <t> RENAME COLUMN list.element.a TO c',
      ),
      change('UPDATE <t> SET list = NULL WHERE id = 1'),
    ],
  },
  'features that only writers have to know': {
    isRare: true,
    changes: [
      taking(
        { id: bigint(), twice: bigint().nullable(), word: text().nullable() },
        `CREATE TABLE <t> (id BIGINT, twice BIGINT, word STRING) USING DELTA CLUSTER BY (id) TBLPROPERTIES (${VECTORS},
          'delta.enableRowTracking' = 'true', 'delta.enableInCommitTimestamps' = 'true',
          'delta.feature.allowColumnDefaults' = 'supported', 'delta.enableChangeDataFeed' = 'true',
          'delta.checkpointInterval' = '3')`,
        "ALTER TABLE <t> ALTER COLUMN word SET DEFAULT 'none'",
        'ALTER TABLE <t> ADD CONSTRAINT positive CHECK (id >= 0)',
        'INSERT INTO <t> (id, twice) SELECT id, id * 2 FROM range(20)',
      ),
      change("UPDATE <t> SET word = 'even' WHERE id % 2 = 0"),
      change('OPTIMIZE <t>'),
      idle('ALTER TABLE <t> CLUSTER BY NONE'),
      change('DELETE FROM <t> WHERE id % 5 = 0', 'INSERT INTO <t> VALUES (50, 100, DEFAULT)'),
    ],
  },
  'identity and generated columns': {
    since: '4.1',
    changes: [
      taking(
        { id: bigint(), at: timestamp().nullable(), day: date().nullable() },
        `CREATE TABLE <t> (id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 3), at TIMESTAMP,
          day DATE GENERATED ALWAYS AS (CAST(at AS DATE))) USING DELTA PARTITIONED BY (day)`,
        "INSERT INTO <t> (at) VALUES (TIMESTAMP'2018-11-15 23:30:26.796123'), (TIMESTAMP'2018-11-16 00:30:26')",
      ),
      change('INSERT INTO <t> (at) VALUES (NULL)'),
    ],
  },
  'types that become wider': {
    since: '4.1',
    changes: [
      taking(
        { id: bigint(), i: bigint().nullable(), d: double().nullable(), n: decimal(20, 6).nullable() },
        `CREATE TABLE <t> (id BIGINT, i TINYINT, d FLOAT, n DECIMAL(5, 2), m INT, f SMALLINT, at DATE,
          inner STRUCT<x: INT, n: DECIMAL(5, 2)>, p INT, q DATE) USING DELTA PARTITIONED BY (p, q)
          TBLPROPERTIES ('delta.enableTypeWidening' = 'true', 'delta.feature.timestampNtz' = 'supported', ${VECTORS})`,
        `INSERT INTO <t> VALUES (1, 7Y, 1.1, 1.50, 3, 4S, DATE'2018-11-01', named_struct('x', 4, 'n', 1.5), 1, DATE'2018-11-01'),
          (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
      ),
      taking(
        wider,
        ...[
          ...['i TYPE BIGINT', 'd TYPE DOUBLE', 'n TYPE DECIMAL(12, 6)', 'm TYPE DECIMAL(16, 6)', 'f TYPE DOUBLE'],
          ...['at TYPE TIMESTAMP_NTZ', 'inner.x TYPE BIGINT', 'p TYPE BIGINT', 'q TYPE TIMESTAMP_NTZ'],
        ].map((column) => `ALTER TABLE <t> ALTER COLUMN ${column}`),
        `INSERT INTO <t> VALUES (3, 5000000000, 1.1D, 1.234567, 2.5, 0.5D, TIMESTAMP_NTZ'2018-11-01 12:00:00',
          named_struct('x', 5000000000, 'n', 1.25), 5000000000, TIMESTAMP_NTZ'2018-11-02 03:04:05')`,
      ),
      change('DELETE FROM <t> WHERE id = 1'),
    ],
  },
}

const ID = { id: int() }

export const REFUSALS: Readonly<Record<string, RefusedTable>> = {
  'files of another table': {
    statements: [
      'CREATE TABLE delta.`<input>/base` USING DELTA AS SELECT 1 AS id',
      'CREATE TABLE <t> SHALLOW CLONE delta.`<input>/base`',
    ],
    ...{
      columns: ID,
      code: 'source-unreadable',
      message: /the data file ".*\.parquet" is not in the table's directory/,
    },
  },
  'files that a vacuum has deleted': {
    isRare: true,
    statements: [
      'CREATE TABLE <t> (id INT) USING DELTA',
      'INSERT INTO <t> VALUES (1), (2)',
      'INSERT OVERWRITE <t> VALUES (3)',
      'VACUUM <t> RETAIN 0 HOURS',
      'SET spark.sql.files.ignoreMissingFiles = true',
      'RESTORE TABLE <t> TO VERSION AS OF 1',
      'RESET spark.sql.files.ignoreMissingFiles',
    ],
    ...{ columns: ID, code: 'source-changed', message: /disappeared .* a vacuum has deleted it/ },
  },
  'partitions of binary values': {
    statements: [
      'CREATE TABLE <t> (id INT, b BINARY) USING DELTA PARTITIONED BY (b)',
      "INSERT INTO <t> VALUES (1, X'41')",
    ],
    columns: { ...ID, b: text().nullable() },
    ...{ code: 'source-unreadable', message: /b: expected text, and the file has bytes as a partition value/ },
  },
  'dates in an old calendar': {
    statements: [
      'SET spark.sql.parquet.datetimeRebaseModeInWrite = LEGACY',
      "CREATE TABLE <t> USING DELTA AS SELECT 1 AS id, DATE'1500-03-01' AS day",
      'RESET spark.sql.parquet.datetimeRebaseModeInWrite',
    ],
    columns: { ...ID, day: date() },
    ...{ code: 'source-broken', message: /old calendar/ },
  },
  variants: {
    since: '4.1',
    statements: ["CREATE TABLE <t> USING DELTA AS SELECT 1 AS id, parse_json('{}') AS v"],
    ...{ columns: ID, code: 'source-unreadable', message: /a table feature that lake does not read: variantType/ },
  },
}
