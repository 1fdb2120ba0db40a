"""Audits data files in one scan: rows, bounds, nulls and fingerprints per file, and checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

from lake_job.spark.session_tuning import is_small_input, tuned_rows
from lake_job.tables.json_values import is_finite
from lake_job.tables.nested_values import parts_to_hash
from lake_job.tables.sql_names import AUDITED, FILE, FILE_SIZE, quoted
from lake_job.write.checks import IS_VIOLATION, Check, checks_of, failures_of

if TYPE_CHECKING:
    from typing import Any, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from lake_job.protocol.job_types import (
        Cell,
        CheckFailure,
        Checks,
        Column,
        ColumnStats,
        FileStats,
    )

HASH_MODULUS = 1 << 128
LOW_HALF = (1 << 32) - 1
KEY = "`lake.key`"


@dataclass(frozen=True)
class AuditPlan:
    """What the audited files contain, and the checks of their rows."""

    columns: Sequence[Column]
    primary_key: Sequence[str]
    partition_by: Sequence[str]
    checks: Checks


class AuditedFile(NamedTuple):
    size: int
    partition_values: dict[str, str | None]
    stats: FileStats


class Audit(NamedTuple):
    """The audited files by their URIs, without files that have no rows; and the failed checks."""

    files: dict[str, AuditedFile]
    failures: list[CheckFailure]


def audit(spark: SparkSession, rows: DataFrame, plan: AuditPlan) -> Audit:
    """Audits rows that were read from data files with FILE_COLUMNS.

    It is one SQL statement: each job of Spark takes its time, however little it does, and an
    expression that Python builds asks Java once for each part of it.
    """
    tuned_rows(rows).createOrReplaceTempView(AUDITED)
    checks = checks_of(spark, plan.checks)
    in_scan = [check for check in checks if check.is_row_check or is_small_input(spark)]
    apart = checks[len(in_scan) :]
    found = spark.sql(audit_sql(plan, in_scan, apart)).collect()
    by_file = {row[FILE]: row.asDict() for row in found}
    violations = [
        *(sum(row[f"scan_violations_{at}"] for row in found) for at in range(len(in_scan))),
        *(max((row[f"violations_{at}"] for row in found), default=0) for at in range(len(apart))),
    ]
    files = {uri: audited_file(row, plan) for uri, row in by_file.items()}
    return Audit(files, failures_of(spark, checks, violations))


def audit_sql(plan: AuditPlan, in_scan: Sequence[Check], apart: Sequence[Check]) -> str:
    """A row for each file. Each row has the same counts of the checks `apart`, over all files."""
    key = [
        part
        for column in plan.columns
        if not plan.primary_key or column["name"] in plan.primary_key
        for part in parts_to_hash(quoted(column["name"]), column["type"])
    ]
    scanned = [
        "*",
        f"xxhash64({', '.join(key)}) AS {KEY}",
        *(f"{check.violated_by} AS {violation_flag(at)}" for at, check in enumerate(in_scan)),
    ]
    aggregates = [
        *(sql for at, column in enumerate(plan.columns) for sql in column_aggregates(at, column)),
        *(
            sql
            for at, name in enumerate(plan.partition_by)
            for sql in partition_aggregates(at, name)
        ),
        *(
            f"count_if({violation_flag(at)}) AS scan_violations_{at}"
            for at, _ in enumerate(in_scan)
        ),
        *(f"{violations_of(check)} AS violations_{at}" for at, check in enumerate(apart)),
    ]
    return (
        f"SELECT `{FILE}`, `{FILE_SIZE}`, count(*) AS row_count, {', '.join(aggregates)} "
        f"FROM (SELECT {', '.join(scanned)} FROM {AUDITED}) GROUP BY `{FILE}`, `{FILE_SIZE}`"
    )


def violation_flag(at: int) -> str:
    return f"`{IS_VIOLATION} {at}`"


def violations_of(check: Check) -> str:
    """Counts over all files, and reads only the check's own columns.

    If the scan counted them, whole rows would go from worker to worker.
    """
    flags = f"SELECT {check.violated_by} AS `{IS_VIOLATION}` FROM {AUDITED}"
    return f"(SELECT count_if(`{IS_VIOLATION}`) FROM ({flags}))"


def column_aggregates(at: int, column: Column) -> list[str]:
    value, kind = quoted(column["name"]), column["type"]["kind"]
    hashed = f"xxhash64({KEY}, {', '.join(parts_to_hash(value, column['type']))})"
    aggregates = [
        f"min({bounded(value, kind)}) AS min_{at}",
        f"max({bounded(value, kind)}) AS max_{at}",
        f"count({value}) AS values_{at}",
        # The sum of each half is exact in 64 bits for up to two billion rows of a file. For more
        # rows, the sum fails.
        f"sum(shiftright({hashed}, 32)) AS high_hash_{at}",
        f"sum({hashed} & {LOW_HALF}) AS low_hash_{at}",
    ]
    if kind == "double":
        aggregates.append(f"max(CAST(isnan({value}) AS INT)) AS nan_{at}")
    return aggregates


def bounded(value: str, kind: str) -> str:
    if kind in ("binary", "array", "struct", "map"):
        return "CAST(NULL AS STRING)"
    return f"unix_micros({value})" if kind == "timestamp" else value


def partition_aggregates(at: int, name: str) -> list[str]:
    """The first and the last value: equal only if all rows agree, in a value or in null."""
    value = f"coalesce(concat('=', CAST({quoted(name)} AS STRING)), '')"
    return [f"min({value}) AS first_part_{at}", f"max({value}) AS last_part_{at}"]


def audited_file(row: Mapping[str, Any], plan: AuditPlan) -> AuditedFile:
    parts = {name: partition_value(row, at, name) for at, name in enumerate(plan.partition_by)}
    columns = [column_stats(row, at, column) for at, column in enumerate(plan.columns)]
    return AuditedFile(row[FILE_SIZE], parts, {"rows": row["row_count"], "columns": columns})


def partition_value(row: Mapping[str, Any], at: int, name: str) -> str | None:
    value: str = row[f"first_part_{at}"]
    if value != row[f"last_part_{at}"]:
        raise RuntimeError(f"a data file holds several values of {name}")
    return value[1:] if value else None


def column_stats(row: Mapping[str, Any], at: int, column: Column) -> ColumnStats:
    kind = column["type"]["kind"]
    has_nan = row.get(f"nan_{at}") == 1
    hash_sum = (row[f"high_hash_{at}"] << 32) + row[f"low_hash_{at}"]
    return {
        "nulls": row["row_count"] - row[f"values_{at}"],
        "min": None if has_nan else json_bound(row[f"min_{at}"], kind),
        "max": None if has_nan else json_bound(row[f"max_{at}"], kind),
        "sum": format(hash_sum % HASH_MODULUS, "x"),
    }


def json_bound(value: Any, kind: str) -> Cell:
    """None if there is no bound that JSON can hold."""
    if value is None:
        return None
    if kind == "double" and not is_finite(value):
        return None
    if kind == "decimal":
        return format(value, "f")
    return str(value) if kind in ("bigint", "date", "timestamp") else cast("Cell", value)
