"""Rows as JSON, with values that JSON holds exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from lake_job.tables.sql_names import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def json_rows(rows: DataFrame) -> list[dict[str, object]]:
    """All rows.

    A bigint or decimal is text of its digits, a timestamp text in ISO 8601, UTC.
    """
    longs = {field.name for field in rows.schema if field.dataType.typeName() == "long"}
    return [
        {name: json_value(value, name in longs) for name, value in row.asDict().items()}
        for row in with_timestamps_as_text(rows).collect()
    ]


def with_timestamps_as_text(rows: DataFrame) -> DataFrame:
    """Writes timestamps in UTC, with three digits of a second or six.

    Python would convert them to the machine's zone, and fails at the calendar's first and last
    days.
    """
    for field in rows.schema.fields:
        if isinstance(field.dataType, T.TimestampType):
            text = F.date_format(F.col(quoted(field.name)), "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")
            rows = rows.withColumn(field.name, F.regexp_replace(text, "000Z$", "Z"))
    return rows


def json_value(value: object, is_long: bool) -> object:
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, int):
        return str(value) if is_long else value
    if isinstance(value, float) and is_finite(value):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def is_finite(value: float) -> bool:
    return abs(value) < float("inf")
