"""Rows as JSON, with values that JSON holds exactly."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from lake_job.tables.nested_values import entry_types, has_leaf, rebuilt
from lake_job.tables.sql_names import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def json_rows(rows: DataFrame) -> list[dict[str, object]]:
    """All rows.

    A bigint or decimal is text of its digits, a timestamp text in ISO 8601, UTC, and bytes are
    base64.
    """
    kinds = {field.name: field.dataType for field in rows.schema}
    return [
        {name: json_value(value, kinds[name]) for name, value in row.asDict().items()}
        for row in with_timestamps_as_text(rows).collect()
    ]


def with_timestamps_as_text(rows: DataFrame) -> DataFrame:
    """Writes timestamps in UTC, with three digits of a second or six.

    Python would convert them to the machine's zone, and fails at the calendar's first and last
    days.
    """
    for field in rows.schema.fields:
        if has_leaf(field.dataType, T.TimestampType):
            text = rebuilt(quoted(field.name), field.dataType, timestamp_text)
            rows = rows.withColumn(field.name, F.expr(text))
    return rows


def timestamp_text(value: str, kind: T.DataType) -> str:
    if not isinstance(kind, T.TimestampType):
        return value
    text = rf"date_format({value}, 'yyyy-MM-dd\'T\'HH:mm:ss.SSSSSS\'Z\'')"
    return f"regexp_replace({text}, '000Z$', 'Z')"


def json_value(value: object, kind: T.DataType) -> object:
    entry = entry_types(kind)
    if isinstance(value, list) and entry is not None:
        key, part = entry
        return {str(json_value(name, key)): json_value(one, part) for name, one in value}
    if isinstance(value, list) and isinstance(kind, T.ArrayType):
        return [json_value(element, kind.elementType) for element in value]
    if isinstance(value, T.Row) and isinstance(kind, T.StructType):
        return {
            field.name: json_value(part, field.dataType) for field, part in zip(kind.fields, value)
        }
    return scalar_json(value, kind)


def scalar_json(value: object, kind: T.DataType) -> object:
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, int):
        return str(value) if isinstance(kind, T.LongType) else value
    if isinstance(value, float) and is_finite(value):
        return value
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def is_finite(value: float) -> bool:
    return abs(value) < float("inf")
