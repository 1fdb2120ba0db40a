"""The step that computes fingerprints of data files which another engine wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake_job.spark.session_tuning import tune_session
from lake_job.tables.read_tables import FILE_COLUMNS, bytes_to_read, file_name, read_table
from lake_job.write.audit import AuditPlan, audit
from lake_job.write.checks import NO_CHECKS

if TYPE_CHECKING:
    from typing import Sequence

    from pyspark.sql import SparkSession

    from lake_job.protocol.job_types import Column, FileStats, Fingerprint, Fingerprinted


def fingerprint(spark: SparkSession, spec: Fingerprint) -> Fingerprinted:
    columns, files = spec["table"]["columns"], spec["table"]["files"]
    plan = AuditPlan(columns, spec["primaryKey"], partition_by=(), checks=NO_CHECKS)
    rows = read_table(spark, spec["table"], *FILE_COLUMNS)
    tune_session(spark, bytes_to_read(rows))
    audited = audit(spark, rows, plan)
    by_name = {file_name(uri): file.stats for uri, file in audited.files.items()}
    return {"files": [by_name.get(file_name(uri), no_stats(columns)) for uri in files]}


def no_stats(columns: Sequence[Column]) -> FileStats:
    """The stats of a file without rows, which an audit does not see."""
    return {
        "rows": 0,
        "columns": [{"nulls": 0, "min": None, "max": None, "sum": "0"} for _ in columns],
    }
