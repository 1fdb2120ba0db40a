#!/bin/sh
# duckdb 1.5.5: a decimal compared with a quoted literal is compared with that literal rounded to the column's scale. The same digits
# without quotes are exact. So '=' and IN find rows that hold another number, and a range loses its
# edge. A query builder that sends decimals in quotes, because a double cannot hold them, gets wrong
# rows.
# Seen, for d = 0.06 of decimal(15,2):
#   d = '0.055': True    d = 0.055: False
#   d > '0.055': False   d > 0.055: True
#   d in ('0.055'): True
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5
cd "$work"
PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 "$work/python/bin/python" - <<'PYTHON'
import duckdb


def holds(condition):
    return duckdb.sql(f"select {condition} from (select cast(0.06 as decimal(15,2)) as d)").fetchone()[0]


conditions = ["d = '0.055'", "d = 0.055", "d > '0.055'", "d > 0.055", "d in ('0.055')"]
seen = {condition: holds(condition) for condition in conditions}
print("\n".join(f"{condition}: {value}" for condition, value in seen.items()))
assert list(seen.values()) == [True, False, False, True, True]
PYTHON
