// Where lake breaks SQL into lines.
import { expect, it } from 'vitest'
import { sqlLines } from '../../../../framework/report/layout/sql-lines.ts'

it('SQL is broken at clauses and subqueries, and never within texts, names or calls', () => {
  const sql = `SELECT c0 AS "FROM (", ')' AS c1 FROM (SELECT *, count(*) FILTER (WHERE c2) AS c3 FROM "a" LEFT JOIN (SELECT 1) ON 1 = 1 WHERE c0 = 'x FROM y' GROUP BY c0) LIMIT 1`
  expect(sqlLines(sql)).toEqual([
    `SELECT c0 AS "FROM (", ')' AS c1`,
    'FROM (',
    '  SELECT *, count(*) FILTER (WHERE c2) AS c3',
    '  FROM "a"',
    '  LEFT JOIN (',
    '    SELECT 1',
    '  ) ON 1 = 1',
    "  WHERE c0 = 'x FROM y'",
    '  GROUP BY c0',
    ')',
    'LIMIT 1',
  ])
})

it('SQL in lower case is broken too, but not at functions and operators with the name of a clause', () => {
  const sql = `select left("a", 2), right("b", 3) from "x" inner join "y" on "a" is not distinct from "b" where extract(year from "t") = 1 order by row_number() over (order by "a")`
  expect(sqlLines(sql)).toEqual([
    'select left("a", 2), right("b", 3)',
    'from "x"',
    'inner join "y" on "a" is not distinct from "b"',
    'where extract(year from "t") = 1',
    'order by row_number() over (order by "a")',
  ])
})
