"""Writes a small Delta table with nothing but pyarrow, from what PROTOCOL.md of delta-io/delta says. The scripts here import it."""

import json
import pathlib

import pyarrow.parquet


def write_table(path, columns, partition_columns, files):
    """`columns` are (name, Delta type); `files` are (path, pyarrow table, partition values, statistics or None)."""
    log = pathlib.Path(path, "_delta_log")
    log.mkdir(parents=True)
    fields = [{"name": name, "type": kind, "nullable": True, "metadata": {}} for name, kind in columns]
    meta = {
        "id": "5f1c7a52-6c0e-4a3c-9a3e-000000000001",
        "format": {"provider": "parquet", "options": {}},
        "schemaString": json.dumps({"type": "struct", "fields": fields}),
        "partitionColumns": partition_columns,
        "configuration": {},
        "createdTime": 0,
    }
    actions = [{"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}, {"metaData": meta}]
    for name, rows, values, statistics in files:
        file = pathlib.Path(path, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(rows, file)
        add = {"path": name, "partitionValues": values, "size": file.stat().st_size}
        add |= {"modificationTime": 0, "dataChange": True}
        if statistics:
            add["stats"] = json.dumps(statistics)
        actions.append({"add": add})
    (log / f"{0:020}.json").write_text("\n".join(map(json.dumps, actions)))
