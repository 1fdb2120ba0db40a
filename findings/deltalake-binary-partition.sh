#!/bin/sh
# deltalake 1.6.6 (with pyarrow 25.0.1): bytes do not come back from a partition column. It writes them as escapes, as Delta's protocol
# says, and reads the letters of the escapes as the bytes. So a table that it has written itself has
# wrong keys, and SQL does not find the row by its key.
# Seen:
#   written: [b'\x01\xff', b'a']
#   log:     ['\\u0001\\u00FF', '\\u0061']
#   read:    [b'\\u0001\\u00FF', b'\\u0061']
#   SQL:     [] where k = x'61'
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check deltalake==1.6.6 pyarrow==25.0.1
cd "$work"
"$work/python/bin/python" - <<'PYTHON'
import json
import pathlib

import pyarrow
from deltalake import DeltaTable, QueryBuilder, write_deltalake

keys = [b"\x01\xff", b"a"]
write_deltalake("t", pyarrow.table({"k": pyarrow.array(keys, pyarrow.binary()), "n": [1, 2]}), partition_by=["k"])
(commit,) = pathlib.Path("t/_delta_log").glob("*.json")
actions = [json.loads(line) for line in commit.read_text().splitlines()]
log = sorted(action["add"]["partitionValues"]["k"] for action in actions if "add" in action)
table = DeltaTable("t")
read = table.to_pyarrow_table().sort_by("n").column("k").to_pylist()
query = QueryBuilder().register("t", table).execute("select n from t where k = x'61'")
found = pyarrow.table(query.read_all()).to_pylist()
print(f"written: {keys}")
print(f"log:     {log}")
print(f"read:    {read}")
print(f"SQL:     {found} where k = x'61'")
assert log == ["\\u0001\\u00FF", "\\u0061"]
assert read == [b"\\u0001\\u00FF", b"\\u0061"]
assert found == []
PYTHON
