"""Stats of a view: its rows, and per column whether it has nulls, and its bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lake_job.tables.json_values import is_finite
from lake_job.tables.sql_names import quoted

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lake_job.protocol.job_types import Cell, TableStats

# Spark's names of the types that have bounds. Bounds of bigint and date are text, bounds of
# timestamp are text of microseconds.
BOUNDED_TYPES = {
    "string",
    "boolean",
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "date",
    "timestamp",
}


def table_stats(rows: DataFrame) -> TableStats:
    types = rows.dtypes
    aggregates = [F.count(F.lit(1)).alias("row_count")]
    for at, (name, kind) in enumerate(types):
        value = F.col(quoted(name))
        aggregates.append(F.count(value).alias(f"values_{at}"))
        if kind in BOUNDED_TYPES:
            aggregates.append(as_bound(F.min(value), kind).alias(f"min_{at}"))
            aggregates.append(as_bound(F.max(value), kind).alias(f"max_{at}"))
    found = rows.agg(*aggregates).collect()[0].asDict()
    return {
        "rows": found["row_count"],
        "columns": [
            {
                "type": kind,
                "nulls": found[f"values_{at}"] < found["row_count"],
                "min": json_bound(found.get(f"min_{at}")),
                "max": json_bound(found.get(f"max_{at}")),
            }
            for at, (_, kind) in enumerate(types)
        ],
    }


def as_bound(bound: Column, kind: str) -> Column:
    if kind == "timestamp":
        return F.unix_micros(bound).cast("string")
    return bound.cast("string") if kind in ("bigint", "date") else bound


def json_bound(bound: Cell) -> Cell:
    """None for infinity, which JSON does not have, and for NaN, which is beyond every bound."""
    return None if isinstance(bound, float) and not is_finite(bound) else bound
