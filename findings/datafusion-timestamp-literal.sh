#!/bin/sh
# datafusion 55.0.0 (and deltalake 1.6.6, whose SQL is DataFusion's): a column of timestamp(us) can
# hold the year 9999 and is read right. But no literal of that year can be compared with it, because
# literals first become nanoseconds, which end in 2262. Many tables use such a year as an "end of
# time". A query for it fails while it is planned. arrow_cast to microseconds works.
# Seen:
#   ts = timestamp '9999-12-31T00:00:00Z': Overflow converting 9999-12-31 00:00:00 to Nanosecond
#   ts = arrow_cast('9999-12-31T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))'): 1 row
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check datafusion==55.0.0 pyarrow==25.0.1
cd "$work"
PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 "$work/python/bin/python" - <<'PYTHON'
import datetime

import datafusion
import pyarrow
import pyarrow.parquet

moment = datetime.datetime(9999, 12, 31, tzinfo=datetime.timezone.utc)
pyarrow.parquet.write_table(pyarrow.table({"ts": pyarrow.array([moment], pyarrow.timestamp("us", "UTC"))}), "t.parquet")
context = datafusion.SessionContext()
context.register_parquet("t", "t.parquet")


def count(literal):
    rows = context.sql(f"select count(*) as n from t where ts = {literal}").to_arrow_table()
    return rows["n"][0].as_py()


try:
    seen = f"no error: {count('''timestamp '9999-12-31T00:00:00Z' ''')}"
except Exception as error:
    seen = str(error)
exact = """arrow_cast('9999-12-31T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))')"""
print(seen)
print(f"{exact}: {count(exact)} row")
assert "Overflow converting 9999-12-31 00:00:00 to Nanosecond" in seen
assert count(exact) == 1
PYTHON
