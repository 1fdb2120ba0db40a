"""Makes the tables of TPC-H with DuckDB's tpch extension.

It writes TABLE.parquet for each table, the queries and, if DuckDB knows them, their answers.

usage: generate.py SCALE_FACTOR DIRECTORY
"""

import json
import pathlib
import sys

import duckdb
import duckdb_extension_tpch


def main(scale, directory):
    extension = next(
        pathlib.Path(duckdb_extension_tpch.__file__).parent.rglob("tpch.duckdb_extension")
    )
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"load '{extension}'")
    connection.execute(f"call dbgen(sf = {scale})")
    for (table,) in connection.execute("show tables").fetchall():
        connection.execute(f"copy {table} to '{directory / table}.parquet'")
    answers = "select query_nr, answer from tpch_answers() where scale_factor = ?"
    for name, rows in [
        ("queries", connection.execute("from tpch_queries()").fetchall()),
        ("answers", connection.execute(answers, [scale]).fetchall()),
    ]:
        (directory / f"{name}.json").write_text(
            json.dumps({f"q{number:02}": text for number, text in rows})
        )


if __name__ == "__main__":
    directory = pathlib.Path(sys.argv[2])
    directory.mkdir()
    main(float(sys.argv[1]), directory)
