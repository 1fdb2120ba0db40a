"""Declared column types in Spark, and the check that a query has the declared columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import types as T

from lake_job.tables.nested_values import map_type, sql_type
from lake_job.tables.sql_names import quoted

if TYPE_CHECKING:
    from typing import Sequence

    from pyspark.sql import DataFrame

    from lake_job.protocol.job_types import Column, ColumnType

SIMPLE_TYPES = {
    "text": T.StringType(),
    "boolean": T.BooleanType(),
    "int": T.IntegerType(),
    "bigint": T.LongType(),
    "double": T.DoubleType(),
    "date": T.DateType(),
    "timestamp": T.TimestampType(),
    "binary": T.BinaryType(),
}

# Spark's types that can be cast to the declared one without changing a value: the cast keeps it
# or fails.
INTEGERS = {"tinyint", "smallint", "int", "bigint"}
EXACT_AS_DOUBLE = {"float", "double", "tinyint", "smallint", "int"}


class QueryError(Exception):
    """The asset's query is wrong. Its author reads the message."""


def spark_type(declared: ColumnType) -> T.DataType:
    if declared["kind"] == "decimal":
        return T.DecimalType(declared["precision"], declared["scale"])
    if declared["kind"] == "array":
        return T.ArrayType(spark_type(declared["element"]))
    if declared["kind"] == "struct":
        return T.StructType(
            [
                T.StructField(field["name"], spark_type(field["type"]))
                for field in declared["fields"]
            ]
        )
    if declared["kind"] == "map":
        return map_type(SIMPLE_TYPES[declared["key"]["kind"]], spark_type(declared["value"]))
    return SIMPLE_TYPES[declared["kind"]]


def schema_of(columns: Sequence[Column]) -> T.StructType:
    return T.StructType(
        [T.StructField(column["name"], spark_type(column["type"])) for column in columns]
    )


def cast(name: str, declared: ColumnType) -> str:
    """Writes SQL, because Python asks Java once for each part of an expression that it builds."""
    return f"CAST({quoted(name)} AS {sql_type(spark_type(declared))}) AS {quoted(name)}"


def declared_rows(rows: DataFrame, columns: Sequence[Column]) -> DataFrame:
    """Casts the rows to the declared types.

    Raises QueryError if a column is missing, or if its values would have to be rounded or parsed.
    """
    types = {field.name: field.dataType.simpleString() for field in rows.schema.fields}
    for column in columns:
        check_column(column, types.get(column["name"]))
    return rows.selectExpr(*[cast(column["name"], column["type"]) for column in columns])


def check_column(column: Column, actual: str | None) -> None:
    """`actual` is Spark's name of the type that the query gives, None if it has no such column."""
    name, declared = column["name"], column["type"]
    if actual is None:
        raise QueryError(f"it has no column {name}")
    if not is_exact_cast(actual, declared):
        raise QueryError(
            f"the column {name} is declared {type_name(declared)}, but the query gives {actual}: "
            "convert it with fn.to...()"
        )


def type_name(declared: ColumnType) -> str:
    if declared["kind"] == "decimal":
        return f"decimal({declared['precision']},{declared['scale']})"
    if declared["kind"] == "array":
        return f"array({type_name(declared['element'])})"
    if declared["kind"] == "struct":
        fields = (f"{field['name']} {type_name(field['type'])}" for field in declared["fields"])
        return f"struct({', '.join(fields)})"
    if declared["kind"] == "map":
        return f"map({declared['key']['kind']}, {type_name(declared['value'])})"
    return declared["kind"]


def is_exact_cast(actual: str, declared: ColumnType) -> bool:
    if actual in (spark_type(declared).simpleString(), "void"):
        return True
    decimal = re.fullmatch(r"decimal\((\d+),(\d+)\)", actual)
    if declared["kind"] == "decimal":
        return decimal is not None and fits_decimal(
            int(decimal[1]), int(decimal[2]), declared["precision"], declared["scale"]
        )
    if declared["kind"] in ("int", "bigint"):
        return actual in INTEGERS
    if declared["kind"] == "double":
        return actual in EXACT_AS_DOUBLE or decimal is not None
    return False


def fits_decimal(precision: int, scale: int, to_precision: int, to_scale: int) -> bool:
    return scale <= to_scale and precision - scale <= to_precision - to_scale
