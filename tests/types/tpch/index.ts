/** TPC-H as a project: its eight tables, and its 22 queries as assets. */
import * as markets from './markets.ts'
import * as orders from './orders.ts'
import * as parts from './parts.ts'
import * as revenue from './revenue.ts'
import * as tables from './tables.ts'

export const TABLES = tables

/** The assets by their keys, q01 to q22. */
export const QUERIES = { ...markets, ...orders, ...parts, ...revenue }
