"""Versions of tables as data frames of exactly the declared columns."""

import re
from decimal import Decimal
from typing import Any, Dict, List, Optional, Sequence

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


# The columns that say which file a row is in, as Hadoop names it, and how many bytes that has. No column of an asset can have a name with a dot.
FILE = "lake.file"
SIZE = "lake.size"
ORIGIN = (f"_metadata.file_path AS `{FILE}`", f"_metadata.file_size AS `{SIZE}`")

# The view of the rows that are audited.
AUDITED = "`lake.audited`"


def read_table(spark: SparkSession, table: Table, *origin: str) -> DataFrame:
    """The schema is given, so no file is opened before its rows are asked for. `origin` is what else is told of each row, as SQL."""
    schema = schema_of(table["columns"])
    if not table["files"]:
        return nothing(spark, schema)
    return read_files(spark.read.schema(schema).format("parquet"), table["files"], *origin)


def nothing(spark: SparkSession, schema: T.StructType) -> DataFrame:
    values = ", ".join(f"CAST(NULL AS {field.dataType.simpleString()}) AS {quoted(field.name)}" for field in schema)
    return spark.sql(f"SELECT {values} WHERE false")


# So much to read is little, unless the setting spark.lake.littleBytes says otherwise.
LITTLE_BYTES = 32 * 1024 * 1024

# To compile a query, to plan it anew between its stages and to spread it over tasks costs more than it saves where there is little to do.
FOR_LITTLE = {
    "spark.lake.isLittle": "true",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
}


def suit(session: SparkSession, read_bytes: int) -> None:
    """Sets the session for so much to read."""
    little = int(session.conf.get("spark.lake.littleBytes", str(LITTLE_BYTES)))
    given = {} if read_bytes < little else dict(session.sparkContext.getConf().getAll())
    for name, value in FOR_LITTLE.items():
        if read_bytes < little:
            session.conf.set(name, value)
        elif name in given:
            # Unset, it would be Spark's default, and not what the cluster or the profile says.
            session.conf.set(name, given[name])
        else:
            session.conf.unset(name)


def is_little(session: SparkSession) -> bool:
    return session.conf.get("spark.lake.isLittle", "false") == "true"


def suited(rows: DataFrame) -> DataFrame:
    """Little in one task: what is in one place is never shuffled."""
    return rows.coalesce(1) if is_little(rows.sparkSession) else rows


def bytes_of(*tables: Optional[DataFrame]) -> int:
    """Of the files that they read, which were listed when they were named."""
    return sum(int(rows._jdf.queryExecution().optimizedPlan().stats().sizeInBytes()) for rows in tables if rows is not None)


PATTERN = re.compile(r"[{}\[\]*?\\]")


def read_files(reader: DataFrameReader, uris: Sequence[str], *origin: str) -> DataFrame:
    """
    A path is a path, whatever characters are in it. Those that look like patterns are read apart: where some do and patterns are not wanted, Spark reads
    all of the others twice.
    """
    alike = [[uri for uri in uris if bool(PATTERN.search(uri)) is odd] for odd in (False, True)]
    frames = [reader.option("__globPaths__", "false").load(some) for some in alike if some]
    told = [frame.selectExpr("*", *origin) for frame in frames] if origin else frames
    return told[0] if len(told) == 1 else told[0].unionAll(told[1])


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
        selected.append(cast(name, kind))
    return rows.selectExpr(*selected)


def cast(name: str, kind: ColumnType) -> str:
    """As SQL: to build an expression bit by bit asks Java for every bit."""
    return f"CAST({quoted(name)} AS {spark_type(kind).simpleString()}) AS {quoted(name)}"


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
    """All of them, with values that JSON holds as they are: a bigint or decimal as a string of its digits, a timestamp in ISO 8601, UTC."""
    longs = {field.name for field in rows.schema if field.dataType.typeName() == "long"}
    return [
        {name: plain(value, name in longs) for name, value in row.asDict().items()}
        for row in with_moments_as_text(rows).collect()
    ]


def with_moments_as_text(rows: DataFrame) -> DataFrame:
    """In UTC, with three digits of a second or six. Python would give them in the machine's zone, and fails at the first and last days of the
    calendar.
    """
    for field in rows.schema.fields:
        if isinstance(field.dataType, T.TimestampType):
            text = F.date_format(F.col(quoted(field.name)), "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")
            rows = rows.withColumn(field.name, F.regexp_replace(text, "000Z$", "Z"))
    return rows


def plain(value: Any, is_long: bool) -> Any:
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, int):
        return str(value) if is_long else value
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
