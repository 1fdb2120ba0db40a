#!/bin/sh
# duckdb 1.5.5: text with an exponent does not always become a decimal that holds it: '5.1e-06' fails for DECIMAL(15,15) and succeeds for
# DECIMAL(18,15). '0.0000051' succeeds for both. DuckDB's JSON reader keeps the JSON number
# 0.0000051 as a double and writes it as 5.1e-06. So it fails in a column that has room for its
# digits.
# Seen:
#   0.0000051 as DECIMAL(15,15): .000005100000000     5.1e-06 as DECIMAL(15,15): fails
#   0.0000051 as DECIMAL(18,15): 0.000005100000000    5.1e-06 as DECIMAL(18,15): 0.000005100000000
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5
"$work/python/bin/python" - <<'PYTHON'
import duckdb

seen = []
for precision in (15, 18):
    for text in ("0.0000051", "5.1e-06"):
        query = f"select cast(try_cast('{text}' as decimal({precision},15)) as varchar)"
        value = duckdb.sql(query).fetchone()[0]
        print(f"{text} as DECIMAL({precision},15): {value or 'fails'}")
        seen.append(value)
assert seen == [".000005100000000", None, "0.000005100000000", "0.000005100000000"]
PYTHON
