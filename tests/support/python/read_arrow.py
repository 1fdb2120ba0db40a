"""Compares an Arrow stream with the rows and types that deltalake reads, and prints the types.

usage: read_arrow.py TABLE STREAM KEY
"""

import json
import os
import sys

import pyarrow
from deltalake import DeltaTable


def main(path, stream, key):
    with pyarrow.OSFile(stream) as file:
        given = pyarrow.ipc.open_stream(file).read_all()
    given.validate(full=True)
    stored = DeltaTable(path).to_pyarrow_table()
    # Values are compared as text, because NaN equals nothing.
    one, other = given.sort_by(key), stored.select(given.schema.names).sort_by(key)
    same = repr(one.to_pylist()) == repr(other.to_pylist())
    fields = {
        field.name: f"{field.type}{'' if field.nullable else ' not null'}" for field in given.schema
    }
    print(json.dumps({"same": same, "rows": given.num_rows, "fields": fields}), flush=True)
    # At the end of the process, threads of deltalake can abort it.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
