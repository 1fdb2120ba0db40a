#!/bin/sh
# deltalake 1.6.6 (with pyarrow 25.0.1): a negative decimal with digits after its point cannot be a partition value. It writes -1.50 as
# "-1.-50". So its own writer fails, and to_pyarrow_table() fails on a table that another writer made. Its SQL reads the same table right.
# Seen:
#   write: Kernel error: Failed to parse value '-1.-50' as 'decimal(9,2)'
#   read:  The string '-1.-50' is not a valid decimal128 number
#   SQL:   [{'id': 1, 'm': Decimal('-1.50')}]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check deltalake==1.6.6 pyarrow==25.0.1
cd "$work"
PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 "$work/python/bin/python" - <<'PYTHON'
from decimal import Decimal

import pyarrow
from deltalake import DeltaTable, QueryBuilder, write_deltalake
from write_table import write_table


def message(action):
    try:
        return f"no error: {action()}"
    except Exception as error:
        return str(error)


ids = pyarrow.array([1], pyarrow.int64())
rows = pyarrow.table({"id": ids, "m": pyarrow.array([Decimal("-1.50")], pyarrow.decimal128(9, 2))})
written = message(lambda: write_deltalake("own", rows, partition_by=["m"]))
columns = [("id", "long"), ("m", "decimal(9,2)")]
write_table("foreign", columns, ["m"], [("a.parquet", pyarrow.table({"id": ids}), {"m": "-1.50"}, None)])
read = message(lambda: DeltaTable("foreign").to_pyarrow_table())
query = QueryBuilder().register("t", DeltaTable("foreign")).execute("select * from t")
found = pyarrow.table(query.read_all()).to_pylist()
print(f"write: {written}")
print(f"read:  {read}")
print(f"SQL:   {found}")
assert "-1.-50" in written and "-1.-50" in read
assert found == [{"id": 1, "m": Decimal("-1.50")}]
PYTHON
