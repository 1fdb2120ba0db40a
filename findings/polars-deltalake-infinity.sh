#!/bin/sh
# polars-deltalake 1.3.2 (with polars 2.1.0): a filter cannot contain infinity or NaN. Polars gives
# the expression to the plugin as JSON, which has neither, and the plugin reads null. The scan_delta
# of polars itself accepts the same filter.
# Seen:
#   plugin: failed to deserialize polars Expr: invalid type: null, expected f64 at line 1 column 91
#   polars: 1 row
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 polars-deltalake==1.3.2 deltalake==1.6.6 pyarrow==25.0.1
cd "$work"
PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 "$work/python/bin/python" - <<'PYTHON'
import polars
import polars_deltalake
import pyarrow
from write_table import write_table

rows = pyarrow.table({"id": pyarrow.array([1, 2], pyarrow.int64()), "d": [0.5, float("inf")]})
write_table("t", [("id", "long"), ("d", "double")], [], [("a.parquet", rows, {}, None)])
finite = polars.col("d") < float("inf")
try:
    seen = f"no error: {polars_deltalake.scan_delta('t').filter(finite).collect().height}"
except Exception as error:
    seen = str(error)
own = polars.scan_delta("t").filter(finite).collect().height
print(f"plugin: {seen}")
print(f"polars: {own} row")
assert "failed to deserialize polars Expr: invalid type: null, expected f64" in seen
assert own == 1
PYTHON
