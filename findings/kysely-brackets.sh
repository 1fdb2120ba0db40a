#!/bin/sh
# kysely 0.28.18: Kysely prints a tree of expressions without brackets. The tree means (i + 1) * 2,
# and the SQL is i + 1 * 2. It also prints a.union(b).intersect(c) without brackets. In SQL,
# INTERSECT binds first, so the query means a UNION (b INTERSECT c).
# Seen:
#   eb(eb('i', '+', 1), '*', 2):           select "i" + $1 * $2 as "x" from "t"
#   eb.neg(eb('i', '+', 1)):               select -"i" + $1 as "x" from "t"
#   a.union(b).intersect(c):               select "i" from "a" union select "i" from "b" intersect select "i" from "c"
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund kysely@0.28.18
cat > seen.js <<'JS'
import { deepStrictEqual } from 'node:assert'
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'

const dialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
}
const db = new Kysely({ dialect })
const from = (table) => db.selectFrom(table).select('i')
const seen = [
  db.selectFrom('t').select(({ eb }) => eb(eb('i', '+', 1), '*', 2).as('x')),
  db.selectFrom('t').select(({ eb }) => eb.neg(eb('i', '+', 1)).as('x')),
  from('a').union(from('b')).intersect(from('c')),
].map((query) => query.compile().sql)
console.log(seen.join('\n'))
deepStrictEqual(seen, [
  'select "i" + $1 * $2 as "x" from "t"',
  'select -"i" + $1 as "x" from "t"',
  'select "i" from "a" union select "i" from "b" intersect select "i" from "c"',
])
JS
node seen.js
