/** The columns of the files that the benchmark of formats reads, for DuckDB. */
export const SALES_COLUMNS = `{
  id: 'BIGINT', quantity: 'INTEGER', ratio: 'DOUBLE', price: 'DECIMAL(12,2)', day: 'DATE', sold: 'TIMESTAMPTZ', name: 'VARCHAR',
  active: 'BOOLEAN'
}`

export const CSV_OPTIONS = `header = true, columns = ${SALES_COLUMNS}`
