"""Changes a Delta table as other programs would, and prints how many rows it then has.

It prints null if deltalake cannot read the changed table.

usage: change_delta.py TABLE z_order|append|rewrite|add_column|comment|feature|deletion_vectors
"""

import json
import os
import sys

from deltalake import DeltaTable, Field, TableFeatures, write_deltalake
from deltalake.schema import PrimitiveType


def append(table):
    write_deltalake(table.table_uri, table.to_pyarrow_table().slice(0, 1), mode="append")


def rewrite(table):
    write_deltalake(table.table_uri, table.to_pyarrow_table(), mode="overwrite")


def raise_protocol(feature):
    return lambda table: table.alter.add_feature(feature, allow_protocol_versions_increase=True)


CHANGES = {
    "z_order": lambda table: table.optimize.z_order(["title"]),
    "append": append,
    "rewrite": rewrite,
    "add_column": lambda table: table.alter.add_columns([Field("mood", PrimitiveType("string"))]),
    "comment": lambda table: table.alter.set_table_description("All the songs"),
    "feature": raise_protocol(TableFeatures.ChangeDataFeed),
    "deletion_vectors": raise_protocol(TableFeatures.DeletionVectors),
}


def main(path, change):
    CHANGES[change](DeltaTable(path))
    try:
        rows = DeltaTable(path).to_pyarrow_table().num_rows
    except Exception:
        rows = None
    print(json.dumps(rows), flush=True)
    # At the end of the process, threads of deltalake can abort it.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
