"""Reads Delta tables with several readers, and prints the rows that each of them sees.

For each table: {reader: {"columns": [name], "rows": [[...]]}}. Rows are sorted, timestamps are
microseconds since 1970, maps are objects, and bytes are base64.

usage: read_delta.py READER,... TABLE...    (directories or URIs)
"""

import base64
import datetime
import json
import os
import pathlib
import sys

import duckdb
import duckdb_extension_delta
import polars
import pyarrow
from deltalake import DeltaTable, QueryBuilder

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


def plain(value):
    if isinstance(value, datetime.datetime):
        return (value - EPOCH) // MICROSECOND
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def arrow_rows(table):
    return [list(row.values()) for row in table.to_pylist(maps_as_pydicts="strict")]


def with_deltalake(table):
    arrow = DeltaTable(table).to_pyarrow_table()
    return arrow.schema.names, arrow_rows(arrow)


def with_deltalake_sql(table):
    query = QueryBuilder().register("read", DeltaTable(table)).execute("select * from read")
    rows = pyarrow.table(query.read_all())
    return rows.schema.names, arrow_rows(rows)


def with_duckdb(table):
    extension = next(
        pathlib.Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension")
    )
    connection = duckdb.connect()
    connection.execute(f"load '{extension}'; set TimeZone = 'UTC'")
    result = connection.execute(f"select * from delta_scan('{table}')")
    names = [column[0] for column in result.description]
    return names, [list(row) for row in result.fetchall()]


def with_polars(table):
    frame = polars.read_delta(table)
    rows = [map(of_polars, row, frame.dtypes) for row in frame.rows()]
    return frame.columns, [list(row) for row in rows]


def of_polars(value, dtype):
    """Turns a map into a dictionary. For polars it is a list of structs."""
    if value is None:
        return None
    if dtype == polars.Struct:
        return {field.name: of_polars(value[field.name], field.dtype) for field in dtype.fields}
    if dtype != polars.List:
        return value
    parts = [of_polars(part, dtype.inner) for part in value]
    is_map = dtype.inner == polars.Struct and [f.name for f in dtype.inner.fields] == [
        "key",
        "value",
    ]
    return {part["key"]: part["value"] for part in parts} if is_map else parts


def read(reader, table):
    columns, rows = reader(table)
    return {
        "columns": columns,
        "rows": sorted([[plain(value) for value in row] for row in rows], key=repr),
    }


READERS = {
    "deltalake": with_deltalake,
    "deltalake-sql": with_deltalake_sql,
    "duckdb": with_duckdb,
    "polars": with_polars,
}


def main(names, *tables):
    readers = {name: READERS[name] for name in names.split(",")}
    print(
        json.dumps(
            [{name: read(reader, table) for name, reader in readers.items()} for table in tables]
        ),
        flush=True,
    )
    # At the end of the process, threads that have read from S3 can abort it.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
