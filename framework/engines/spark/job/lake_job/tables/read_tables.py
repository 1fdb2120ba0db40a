"""Reads versions of tables as data frames of exactly the declared columns."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, cast

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from lake_job.spark.jvm import size_in_bytes
from lake_job.tables.column_types import schema_of
from lake_job.tables.nested_values import from_stored, has_map, sql_type, stored_type
from lake_job.tables.sql_names import FILE, FILE_NAME, FILE_SIZE, POSITION, quoted

if TYPE_CHECKING:
    from typing import Sequence

    from pyspark.sql import DataFrameReader, SparkSession
    from pyspark.sql import types as T

    from lake_job.protocol.job_types import SomeRows, Table

FILE_COLUMN = f"_metadata.file_path AS `{FILE}`"
FILE_COLUMNS = (FILE_COLUMN, f"_metadata.file_size AS `{FILE_SIZE}`")
ROW_COLUMNS = (
    f"_metadata.file_name AS `{FILE_NAME}`",
    f"_metadata.row_index AS `{POSITION}`",
)
ROW_NAMES = (FILE_NAME, POSITION)

GLOB_CHARACTER = re.compile(r"[{}\[\]*?\\]")


def read_table(spark: SparkSession, table: Table, *extra_columns: str) -> DataFrame:
    """Extra columns are SQL. No file is opened before its rows are needed."""
    schema = schema_of(table["columns"])
    if not table["files"]:
        return no_rows(spark, schema)
    reader = spark.read.schema(in_files(schema)).format("parquet")
    in_part = {rows["file"] for rows in table["someRows"]}
    whole = [uri for uri in table["files"] if uri not in in_part]
    frames = [read_files(reader, whole, *extra_columns)] if whole else []
    for kind, join in (("except", "left_anti"), ("only", "left_semi")):
        some = [rows for rows in table["someRows"] if rows["kind"] == kind]
        if some:
            uris = [rows["file"] for rows in some]
            numbered = read_files(reader, uris, *extra_columns, *ROW_COLUMNS)
            frames.append(rows_at(numbered, positions_of(spark, some), join))
    return with_maps(reduce(DataFrame.unionAll, frames), schema)


def in_files(schema: T.StructType) -> T.StructType:
    """The schema in which files hold rows."""
    return cast("T.StructType", stored_type(schema))


def with_maps(rows: DataFrame, schema: T.StructType) -> DataFrame:
    """Rows of files, with maps as queries see them."""
    if not any(has_map(field.dataType) for field in schema.fields):
        return rows
    kinds = {field.name: field.dataType for field in schema.fields}
    return rows.selectExpr(
        *[
            f"{from_stored(quoted(name), kinds[name])} AS {quoted(name)}"
            if name in kinds
            else quoted(name)
            for name in rows.columns
        ]
    )


def positions_of(spark: SparkSession, some: Sequence[SomeRows]) -> DataFrame:
    """One row for each position. Executors split the text, since there can be many."""
    values = [(file_name(rows["file"]), rows["positions"]) for rows in some]
    listed = spark.createDataFrame(values, "name string, positions string")
    return listed.selectExpr("name", "explode(split(positions, ',')) AS position").selectExpr(
        "name", "CAST(position AS BIGINT) AS position"
    )


def rows_at(numbered: DataFrame, positions: DataFrame, join: str) -> DataFrame:
    """Keeps the rows at these positions of their files, or all others."""
    is_same = expr(f"own.`{FILE_NAME}` = place.name AND own.`{POSITION}` = place.position")
    kept = numbered.alias("own").join(positions.hint("broadcast").alias("place"), is_same, join)
    return kept.select(*[quoted(name) for name in kept.columns if name not in ROW_NAMES])


def file_name(uri: str) -> str:
    """Identifies a data file, because it has a random part. Spark may escape the rest of a URI."""
    return uri.rsplit("/", 1)[-1]


def no_rows(spark: SparkSession, schema: T.StructType) -> DataFrame:
    values = ", ".join(
        f"CAST(NULL AS {sql_type(field.dataType)}) AS {quoted(field.name)}" for field in schema
    )
    return spark.sql(f"SELECT {values} WHERE false")


def read_files(reader: DataFrameReader, uris: Sequence[str], *extra_columns: str) -> DataFrame:
    """Reads the files by their exact names, with any characters.

    Files whose names look like patterns are read separately: together with them, Spark would read
    all others twice.
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
