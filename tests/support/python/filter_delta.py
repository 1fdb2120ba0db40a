"""Counts the rows of a Delta table that deltalake's own filter finds, and those that are there.

usage: filter_delta.py TABLE COLUMN VALUE    (COLUMN >= VALUE, a number, or bytes such as 0xff)
"""

import json
import os
import sys

import pyarrow.dataset
from deltalake import DeltaTable


def main(path, column, value):
    table = DeltaTable(path)
    bound = bytes.fromhex(value[2:]) if value.startswith("0x") else float(value)
    condition = pyarrow.dataset.field(column) >= bound
    found = table.to_pyarrow_dataset().to_table(filter=condition).num_rows
    print(
        json.dumps({"found": found, "there": table.to_pyarrow_table().filter(condition).num_rows}),
        flush=True,
    )
    # At the end of the process, threads of deltalake can abort it.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
