#!/bin/sh
# polars 2.1.0 (with deltalake 1.6.6): read_delta takes partition values from the names of directories, not from the log. The Delta
# protocol says that the log holds them and that directories mean nothing. If a file is in no such
# directory, polars reads null without a warning.
# Seen, where the log says 'new' for both files:
#   p=old/a.parquet: polars {'p': 'old'}, deltalake {'p': 'new'}
#   a.parquet:       polars {'p': None}, deltalake {'p': 'new'}
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 deltalake==1.6.6 pyarrow==25.0.1
cd "$work"
PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 "$work/python/bin/python" - <<'PYTHON'
import polars
import pyarrow
from deltalake import DeltaTable
from write_table import write_table

rows = pyarrow.table({"id": pyarrow.array([1], pyarrow.int64())})


def read(path, file):
    write_table(path, [("id", "long"), ("p", "string")], ["p"], [(file, rows, {"p": "new"}, None)])
    (by_polars,) = polars.read_delta(path).select("p").to_dicts()
    (by_deltalake,) = DeltaTable(path).to_pyarrow_table(columns=["p"]).to_pylist()
    return by_polars, by_deltalake


named, plain = read("named", "p=old/a.parquet"), read("plain", "a.parquet")
print(f"p=old/a.parquet: polars {named[0]}, deltalake {named[1]}")
print(f"a.parquet:       polars {plain[0]}, deltalake {plain[1]}")
assert named == ({"p": "old"}, {"p": "new"})
assert plain == ({"p": None}, {"p": "new"})
PYTHON
