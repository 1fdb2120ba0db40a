#!/bin/sh
# duckdb 1.5.5, pyarrow 22.0.0: DuckDB reads a Parquet column of decimal(40, 2), whose values take
# 17 bytes, as DOUBLE without a warning. The numbers are wrong: about 7e16 times as large. pyarrow
# reads both columns back exactly. A column of decimal(38, 2) is read exactly.
# Seen, for 1.50 and 12345678901234567890123456789012345.67:
#   decimal(38, 2): DECIMAL(38,2), 1.50 and 12345678901234567890123456789012345.67
#   decimal(40, 2): DOUBLE, 1.080863910568919e+17 and 8.895999183877728e+50
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5 pyarrow==22.0.0
cd "$work"
"$work/python/bin/python" - <<'PYTHON'
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

VALUES = [Decimal("1.50"), Decimal("12345678901234567890123456789012345.67")]
seen = []
for name, kind in [("38", pa.decimal128(38, 2)), ("40", pa.decimal256(40, 2))]:
    pq.write_table(pa.table({"d": pa.array(VALUES, kind)}), f"{name}.parquet")
    assert pq.read_table(f"{name}.parquet")["d"].to_pylist() == VALUES
    rows = duckdb.sql(f"select typeof(d), d from '{name}.parquet'").fetchall()
    print(f"decimal({name}, 2): {rows}")
    seen += rows
assert seen[:2] == [("DECIMAL(38,2)", value) for value in VALUES]
assert seen[2:] == [("DOUBLE", 1.080863910568919e17), ("DOUBLE", 8.895999183877728e50)]
PYTHON
