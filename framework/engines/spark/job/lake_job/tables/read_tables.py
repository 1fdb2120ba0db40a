"""Reads versions of tables as data frames of exactly the declared columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lake_job.spark.jvm import size_in_bytes
from lake_job.tables.column_types import schema_of
from lake_job.tables.sql_names import FILE, FILE_SIZE, quoted

if TYPE_CHECKING:
    from typing import Sequence

    from pyspark.sql import DataFrame, DataFrameReader, SparkSession
    from pyspark.sql import types as T

    from lake_job.protocol.job_types import Table

FILE_COLUMN = f"_metadata.file_path AS `{FILE}`"
FILE_COLUMNS = (FILE_COLUMN, f"_metadata.file_size AS `{FILE_SIZE}`")

GLOB_CHARACTER = re.compile(r"[{}\[\]*?\\]")


def read_table(spark: SparkSession, table: Table, *extra_columns: str) -> DataFrame:
    """Extra columns are SQL. No file is opened before its rows are needed."""
    schema = schema_of(table["columns"])
    if not table["files"]:
        return no_rows(spark, schema)
    return read_files(spark.read.schema(schema).format("parquet"), table["files"], *extra_columns)


def no_rows(spark: SparkSession, schema: T.StructType) -> DataFrame:
    values = ", ".join(
        f"CAST(NULL AS {field.dataType.simpleString()}) AS {quoted(field.name)}" for field in schema
    )
    return spark.sql(f"SELECT {values} WHERE false")


def read_files(reader: DataFrameReader, uris: Sequence[str], *extra_columns: str) -> DataFrame:
    """Reads the files by their exact names, whatever characters are in these.

    Names that look like patterns are read apart: together with them, Spark would read all others
    twice.
    """
    like_patterns = [uri for uri in uris if GLOB_CHARACTER.search(uri)]
    others = [uri for uri in uris if not GLOB_CHARACTER.search(uri)]
    literal = reader.option("__globPaths__", "false")
    frames = [literal.load(alike) for alike in (others, like_patterns) if alike]
    if extra_columns:
        frames = [frame.selectExpr("*", *extra_columns) for frame in frames]
    return frames[0] if len(frames) == 1 else frames[0].unionAll(frames[1])


def bytes_to_read(*tables: DataFrame) -> int:
    """Spark listed the tables' files when it made the data frames, so this asks for no file."""
    return sum(size_in_bytes(rows) for rows in tables)
