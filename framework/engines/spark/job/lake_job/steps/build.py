"""The step that builds a table: runs its query, writes the rows and audits them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake_job.spark.session_tuning import tune_session, tuned_rows
from lake_job.tables.column_types import declared_rows
from lake_job.tables.read_tables import bytes_to_read, read_table
from lake_job.tables.sql_names import quoted
from lake_job.write.write_output import write_and_audit

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lake_job.protocol.job_types import Build, Built


def build(spark: SparkSession, spec: Build) -> Built:
    inputs = {alias: read_table(spark, table) for alias, table in spec["inputs"].items()}
    tune_session(spark, bytes_to_read(*inputs.values()))
    for alias, rows in inputs.items():
        tuned_rows(rows).createOrReplaceTempView(quoted(alias))
    rows = declared_rows(spark.sql(spec["sql"]), spec["output"]["columns"])
    return write_and_audit(spark, rows, spec["output"], spec["checks"])
