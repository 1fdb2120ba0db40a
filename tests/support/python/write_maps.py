"""Writes a Delta table of maps with pyarrow and deltalake, the entries in the order given.

usage: write_maps.py TABLE ROWS

ROWS is JSON: a list of {"id", "counts", "days"}. `counts` is a list of entries [text, int], and
`days` one of entries [days since 1970, list of entries [int, text]]; each is null or a list.
"""

import json
import os
import sys

import pyarrow
from deltalake import write_deltalake

SCHEMA = pyarrow.schema(
    [
        ("id", pyarrow.int64()),
        ("counts", pyarrow.map_(pyarrow.string(), pyarrow.int64())),
        ("days", pyarrow.map_(pyarrow.date32(), pyarrow.map_(pyarrow.int32(), pyarrow.string()))),
    ]
)


def entries(value):
    return value and [tuple(entry) for entry in value]


def days(value):
    return value and [(day, entries(inner)) for day, inner in value]


def main(path, rows):
    table = pyarrow.Table.from_pylist(
        [
            {"id": row["id"], "counts": entries(row["counts"]), "days": days(row["days"])}
            for row in json.loads(rows)
        ],
        SCHEMA,
    )
    write_deltalake(path, table, mode="overwrite")
    print(json.dumps(table.num_rows), flush=True)
    # At the end of the process, threads of deltalake can abort it.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
