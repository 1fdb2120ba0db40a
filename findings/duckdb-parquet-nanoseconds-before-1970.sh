#!/bin/sh
# duckdb 1.5.5, pyarrow 22.0.0: DuckDB reads a Parquet timestamp of nanoseconds with a zone as
# microseconds, cut towards zero: after 1970 to the microsecond before, and before 1970 to the
# microsecond after. So the last nanosecond of 1969 becomes the first moment of 1970. Without a zone
# the type is TIMESTAMP_NS, and no digit is lost.
# Seen, for -1, 0, 1 and -1001 ns since 1970, as microseconds since 1970:
#   with a zone: TIMESTAMP WITH TIME ZONE, 0, 0, 0, -1
#   without one: TIMESTAMP_NS, -1 ns, 0 ns, 1 ns, -1001 ns
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5 pyarrow==22.0.0
cd "$work"
"$work/python/bin/python" - <<'PYTHON'
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

NANOS = [-1, 0, 1, -1001]
seen = []
for zone, count in [("UTC", "epoch_us"), (None, "epoch_ns")]:
    pq.write_table(pa.table({"t": pa.array(NANOS, pa.timestamp("ns", zone))}), "t.parquet")
    kind = duckdb.sql("select distinct typeof(t) from 't.parquet'").fetchone()[0]
    found = [value for (value,) in duckdb.sql(f"select {count}(t) from 't.parquet'").fetchall()]
    print(f"zone {zone}: {kind}, {found}")
    seen.append((kind, found))
assert seen == [("TIMESTAMP WITH TIME ZONE", [0, 0, 0, -1]), ("TIMESTAMP_NS", NANOS)]
PYTHON
