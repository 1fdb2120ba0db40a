"""Writes rows to fresh data files and audits what was written. Nothing here publishes a table."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException
from pyspark.sql import types as T

from lake_job.spark.session_tuning import is_small_input, tuned_rows
from lake_job.tables.column_types import schema_of
from lake_job.tables.nested_values import has_leaf, has_map, rebuilt, to_stored
from lake_job.tables.read_tables import FILE_COLUMNS, in_files, with_maps
from lake_job.tables.sql_names import PARTITION, quoted
from lake_job.write.audit import AuditPlan, audit

if TYPE_CHECKING:
    from typing import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from lake_job.protocol.job_types import Built, Checks, Column, Output, WrittenFile
    from lake_job.write.audit import AuditedFile


def write_and_audit(spark: SparkSession, rows: DataFrame, output: Output, checks: Checks) -> Built:
    fresh = with_fresh_directory(output)
    write_files(rows, fresh)
    return audit_written(spark, fresh, checks)


def with_fresh_directory(output: Output) -> Output:
    """A directory of this attempt alone: an earlier one that seemed lost may still be writing."""
    return {**output, "directory": f"{output['directory']}/{uuid.uuid4().hex}"}


def write_files(rows: DataFrame, output: Output) -> None:
    """Writes Parquet files of one partition each.

    The partition columns stay in the files, so that these can be read without the log. Directories
    are named by a hash of the values, so that no value becomes part of a path.
    """
    rows = in_stored_form(rows)
    partition_by = output["partitionBy"]
    if not partition_by:
        well_sized(rows).write.mode("error").parquet(output["directory"])
        return
    values = ", ".join(length_prefixed(name) for name in partition_by)
    hashed = rows.selectExpr(f"md5(concat({values})) AS `{PARTITION}`", "*")
    writer = well_sized(hashed, by=f"`{PARTITION}`").write.mode("error")
    writer.partitionBy(PARTITION).parquet(output["directory"])


def in_stored_form(rows: DataFrame) -> DataFrame:
    """Turns -0.0 into 0.0, and arrays of entries into maps.

    A reader of Parquet that looks for one of the zeros in a dictionary of values misses the other.
    """
    fields = rows.schema.fields
    if not any(is_other_in_files(field.dataType) for field in fields):
        return rows
    return rows.selectExpr(*[stored_field(field) for field in fields])


def is_other_in_files(kind: T.DataType) -> bool:
    return has_leaf(kind, T.DoubleType) or has_map(kind)


def stored_field(field: T.StructField) -> str:
    name, kind = quoted(field.name), field.dataType
    if not is_other_in_files(kind):
        return name
    value = rebuilt(name, kind, leaf_with_one_zero) if has_leaf(kind, T.DoubleType) else name
    return f"{to_stored(value, kind)} AS {name}"


def leaf_with_one_zero(value: str, kind: T.DataType) -> str:
    return f"{value} + 0e0" if isinstance(kind, T.DoubleType) else value


def length_prefixed(name: str) -> str:
    text = f"CAST({quoted(name)} AS STRING)"
    return f"coalesce(concat(length({text}), ':', {text}), '-')"


def well_sized(rows: DataFrame, by: str = "") -> DataFrame:
    """Puts rows of the same value together, in files of a good size.

    It is SQL because PySpark 3.5's `hint` takes no columns.
    """
    if is_small_input(rows.sparkSession):
        return tuned_rows(rows)
    rows.createOrReplaceTempView("`lake.rows`")
    hint = f"REBALANCE({by})" if by else "REBALANCE"
    return rows.sparkSession.sql(f"SELECT /*+ {hint} */ * FROM `lake.rows`")


def audit_written(spark: SparkSession, output: Output, checks: Checks) -> Built:
    """Audits all data files below the output's directory. Files without rows are left out."""
    try:
        rows = written_rows(spark, output["directory"], output["columns"])
    except AnalysisException as error:
        # An object store has no directory if it has no object in it.
        if "PATH_NOT_FOUND" in str(error):
            return {"files": [], "checks": []}
        raise
    plan = AuditPlan(output["columns"], output["primaryKey"], output["partitionBy"], checks)
    audited = audit(spark, rows, plan)
    files = [written_file(uri, file, output) for uri, file in audited.files.items()]
    return {"files": files, "checks": audited.failures}


def written_rows(spark: SparkSession, directory: str, columns: Sequence[Column]) -> DataFrame:
    schema = schema_of(columns)
    reader = spark.read.schema(in_files(schema)).option("recursiveFileLookup", True)
    files = reader.option("__globPaths__", "false").parquet(directory)
    return with_maps(files.selectExpr("*", *FILE_COLUMNS), schema)


def written_file(uri: str, file: AuditedFile, output: Output) -> WrittenFile:
    return {
        **file.stats,
        "location": location_below(output["directory"], uri),
        "size": file.size,
        "partitionValues": file.partition_values,
    }


def location_below(directory: str, uri: str) -> str:
    """The file's URI with the directory as it was given. Spark may have escaped characters."""
    name = directory.rsplit("/", 1)[1]
    return directory + uri[uri.rindex(f"/{name}/") + len(name) + 1 :]
