"""Checks as SQL conditions that are true of a row which violates the check.

An audit counts the violations of all checks at once. Rows are read only for a failed check. They
come in the order of the columns, so that the same rows are shown each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyspark.sql import functions as F

from lake_job.spark.session_tuning import tuned_rows
from lake_job.tables.json_values import json_rows
from lake_job.tables.read_tables import read_table
from lake_job.tables.sql_names import AUDITED, FILE, FILE_SIZE, quoted

if TYPE_CHECKING:
    from typing import Sequence

    from pyspark.sql import SparkSession

    from lake_job.protocol.job_types import CheckFailure, Checks, Reference, RowCheck, Severity

NO_CHECKS: Checks = {"rows": [], "unique": [], "references": []}

SAMPLE_ROWS = 5
IS_VIOLATION = "lake.violates"


class Check(NamedTuple):
    """`violated_by` is SQL over a row of AUDITED. `is_row_check`: it reads no other row."""

    name: str
    severity: Severity
    violated_by: str
    is_row_check: bool


def checks_of(spark: SparkSession, specs: Checks) -> list[Check]:
    """Row checks come first."""
    return [
        *(row_check(spec) for spec in specs["rows"]),
        *([unique_check(specs["unique"])] if specs["unique"] else []),
        *(reference_check(spark, at, spec) for at, spec in enumerate(specs["references"])),
    ]


def failures_of(
    spark: SparkSession, checks: Sequence[Check], violations: Sequence[int]
) -> list[CheckFailure]:
    """`violations` has the number of violating rows of each check."""
    return [
        failure_of(spark, check, count) for check, count in zip(checks, violations) if count > 0
    ]


def failure_of(spark: SparkSession, check: Check, count: int) -> CheckFailure:
    rows = spark.sql(f"SELECT *, {check.violated_by} AS `{IS_VIOLATION}` FROM {AUDITED}")
    violating = rows.where(f"`{IS_VIOLATION}`").drop(IS_VIOLATION, FILE, FILE_SIZE)
    order = [F.col(quoted(name)).asc_nulls_last() for name in violating.columns]
    return {
        "check": check.name,
        "severity": check.severity,
        "rows": count,
        "sample": json_rows(violating.orderBy(*order).limit(SAMPLE_ROWS)),
    }


def row_check(spec: RowCheck) -> Check:
    violated_by = f"NOT coalesce(({spec['predicate']}), false)"
    return Check(spec["name"], spec["severity"], violated_by, is_row_check=True)


def unique_check(key: Sequence[str]) -> Check:
    """Violated by rows with the same key. A key with a null in it equals no other, as in SQL."""
    columns = [quoted(name) for name in key]
    not_null = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    repeated = f"count(*) OVER (PARTITION BY {', '.join(columns)}) > 1"
    name = f"{', '.join(key)} is unique"
    return Check(name, "error", f"({not_null} AND {repeated})", is_row_check=False)


def reference_check(spark: SparkSession, at: int, spec: Reference) -> Check:
    target = AUDITED
    if spec["table"] != "itself":
        target = f"`lake.target {at}`"
        tuned_rows(read_table(spark, spec["table"])).createOrReplaceTempView(target)
    column = f"{AUDITED}.{quoted(spec['column'])}"
    same = f"`lake.other`.{quoted(spec['target'])} = {column}"
    exists = f"EXISTS (SELECT 1 FROM {target} AS `lake.other` WHERE {same})"
    violated_by = f"({column} IS NOT NULL AND NOT {exists})"
    return Check(spec["name"], spec["severity"], violated_by, is_row_check=False)
