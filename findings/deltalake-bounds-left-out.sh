#!/bin/sh
# deltalake 1.6.6 (with pyarrow 25.0.1): a filter of to_pyarrow_dataset() loses the rows of a file
# whose statistics have bounds for some columns, but not for the filtered column. It does so even if
# they say that this column has no null. Every writer makes such files, because a column with a NaN
# has no bounds. Without any bounds the same rows are found.
# Seen:
#   bounds of id alone: 0 of 1 rows found
#   no bounds:          1 of 1 rows found
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check deltalake==1.6.6 pyarrow==25.0.1
cd "$work"
PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 "$work/python/bin/python" - <<'PYTHON'
import pyarrow
import pyarrow.dataset
from deltalake import DeltaTable
from write_table import write_table

rows = pyarrow.table({"id": pyarrow.array([1, 2], pyarrow.int64()), "d": [0.5, float("nan")]})
nulls = {"numRecords": 2, "nullCount": {"id": 0, "d": 0}}
some = {**nulls, "minValues": {"id": 1}, "maxValues": {"id": 2}}


def found(path, statistics):
    write_table(path, [("id", "long"), ("d", "double")], [], [("a.parquet", rows, {}, statistics)])
    return DeltaTable(path).to_pyarrow_dataset().to_table(filter=pyarrow.dataset.field("d") == 0.5).num_rows


partly, none = found("partly", some), found("none", nulls)
print(f"bounds of id alone: {partly} of 1 rows found")
print(f"no bounds:          {none} of 1 rows found")
assert (partly, none) == (0, 1)
PYTHON
