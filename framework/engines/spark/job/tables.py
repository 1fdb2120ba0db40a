"""Versions of tables as data frames of exactly the declared columns."""

import re
from typing import Any, Dict, List, Sequence

from job_types import Column, ColumnType, Table
from pyspark.sql import DataFrame, DataFrameReader, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

SIMPLE = {
    "text": T.StringType(),
    "boolean": T.BooleanType(),
    "int": T.IntegerType(),
    "bigint": T.LongType(),
    "double": T.DoubleType(),
    "date": T.DateType(),
    "timestamp": T.TimestampType(),
}

# What may be taken for a declared type with no value changed: the cast keeps it or fails.
INTEGERS = {"tinyint", "smallint", "int", "bigint"}
EXACT_AS_DOUBLE = {"float", "double", "tinyint", "smallint", "int"}


class QueryFault(Exception):
    """The asset's own fault, to be told to whoever wrote it."""


def spark_type(kind: ColumnType) -> T.DataType:
    if kind["kind"] == "decimal":
        return T.DecimalType(kind["precision"], kind["scale"])
    return SIMPLE[kind["kind"]]


def schema_of(columns: Sequence[Column]) -> T.StructType:
    return T.StructType([T.StructField(column["name"], spark_type(column["type"])) for column in columns])


def read_table(spark: SparkSession, table: Table) -> DataFrame:
    """The schema is given, so no file is opened before its rows are asked for."""
    schema = schema_of(table["columns"])
    if not table["files"]:
        return spark.createDataFrame([], schema)
    return read_files(spark.read.schema(schema).format("parquet"), table["files"])


# So much to read is little, unless the setting spark.lake.littleBytes says otherwise.
LITTLE_BYTES = 32 * 1024 * 1024

# To compile a query, to plan it anew between its stages and to spread it over tasks costs more than it saves where there is little to do.
FOR_LITTLE = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
}


def suit(session: SparkSession, read_bytes: int) -> None:
    """Sets the session for so much to read."""
    little = int(session.conf.get("spark.lake.littleBytes", str(LITTLE_BYTES)))
    for name, value in FOR_LITTLE.items():
        if read_bytes < little:
            session.conf.set(name, value)
        else:
            session.conf.unset(name)


def is_little(session: SparkSession) -> bool:
    return session.conf.get("spark.sql.adaptive.enabled") == "false"


def bytes_of(table: Table, rows: DataFrame) -> int:
    """Of the files that it reads, which were listed when they were named."""
    return int(rows._jdf.queryExecution().optimizedPlan().stats().sizeInBytes()) if table["files"] else 0


PATTERN = re.compile(r"[{}\[\]*?\\]")


def read_files(reader: DataFrameReader, uris: Sequence[str]) -> DataFrame:
    """
    A path is a path, whatever characters are in it. Those that look like patterns are read apart: where some do and patterns are not wanted, Spark reads
    all of the others twice.
    """
    alike = [[uri for uri in uris if bool(PATTERN.search(uri)) is odd] for odd in (False, True)]
    frames = [reader.option("__globPaths__", "false").load(some) for some in alike if some]
    return frames[0] if len(frames) == 1 else frames[0].unionAll(frames[1])


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def declared_rows(rows: DataFrame, columns: Sequence[Column]) -> DataFrame:
    """The rows as the declared types. A column that is missing, or would have to be rounded or read out of text, is the query's fault."""
    types = {field.name: field.dataType for field in rows.schema.fields}
    selected = []
    for column in columns:
        name, kind = column["name"], column["type"]
        actual = types.get(name)
        if actual is None:
            raise QueryFault(f"it has no column {name}")
        if not is_exact_cast(actual.simpleString(), kind):
            raise QueryFault(
                f"the column {name} is declared {type_name(kind)}, but the query gives {actual.simpleString()}: "
                "convert it with fn.to...()"
            )
        selected.append(F.col(quoted(name)).cast(spark_type(kind)).alias(name))
    return rows.select(*selected)


def type_name(kind: ColumnType) -> str:
    return f"decimal({kind['precision']},{kind['scale']})" if kind["kind"] == "decimal" else kind["kind"]


def is_exact_cast(actual: str, to: ColumnType) -> bool:
    kind = to["kind"]
    if actual in (spark_type(to).simpleString(), "void"):
        return True
    decimal = re.fullmatch(r"decimal\((\d+),(\d+)\)", actual)
    if kind in ("int", "bigint"):
        return actual in INTEGERS
    if kind == "double":
        return actual in EXACT_AS_DOUBLE or decimal is not None
    if kind == "decimal" and decimal is not None:
        precision, scale = int(decimal[1]), int(decimal[2])
        return scale <= to["scale"] and precision - scale <= to["precision"] - to["scale"]
    return False


def sample_rows(rows: DataFrame, limit: int) -> List[Dict[str, Any]]:
    return plain_rows(rows.limit(limit))


def plain_rows(rows: DataFrame) -> List[Dict[str, Any]]:
    """All of them, with values that JSON holds as they are."""
    return [{name: plain(value) for name, value in row.asDict().items()} for row in rows.collect()]


LARGEST_EXACT = 2**53


def plain(value: Any) -> Any:
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < LARGEST_EXACT else str(value)
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return value
    return str(value)
