"""Rows into fresh files, and what these are then found to hold. Nothing here publishes anything."""

import uuid
from typing import List

from audit import audit
from job_types import Built, Checks, Column, Output
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from tables import ORIGIN, is_little, quoted, schema_of, suited

# The column that says which directory a row is written to.
PARTITION = "lake.p"
NO_CHECKS: Checks = {"rows": [], "unique": [], "references": []}


def write_and_audit(spark: SparkSession, rows: DataFrame, wanted: Output, checks: Checks) -> Built:
    output = fresh(wanted)
    write_files(rows, output)
    return audit_written(spark, output, checks)


def fresh(output: Output) -> Output:
    """A directory in which no other attempt at the step has ever written: one that was given up for lost may still be at it."""
    return {**output, "directory": f"{output['directory']}/{uuid.uuid4().hex}"}


def write_files(rows: DataFrame, output: Output) -> None:
    """
    Parquet files of one partition each. The partition columns stay in the files, so that these can be read without the log; the
    directories are named by a hash of the values, which are in no name then that a reader could stumble over.
    """
    rows = with_one_zero(rows)
    partition_by = output["partitionBy"]
    if not partition_by:
        well_sized(rows).write.mode("error").parquet(output["directory"])
        return
    hashed = f"md5(concat({', '.join(length_prefixed(name) for name in partition_by)}))"
    placed = rows.selectExpr(f"{hashed} AS `{PARTITION}`", "*")
    well_sized(placed, f"`{PARTITION}`").write.mode("error").partitionBy(PARTITION).parquet(output["directory"])


def with_one_zero(rows: DataFrame) -> DataFrame:
    """0.0 for -0.0. Readers of Parquet that look for the one in a dictionary of values leave out the other."""
    if all(kind != "double" for _, kind in rows.dtypes):
        return rows
    names = [(quoted(name), kind) for name, kind in rows.dtypes]
    return rows.selectExpr(*[f"{name} + 0e0 AS {name}" if kind == "double" else name for name, kind in names])


def length_prefixed(name: str) -> str:
    text = f"CAST({quoted(name)} AS STRING)"
    return f"coalesce(concat(length({text}), ':', {text}), '-')"


def well_sized(rows: DataFrame, by: str = "") -> DataFrame:
    """
    Rows of the same value beside each other, in files of a good size; a few rows in one task. PySpark 3.5's `hint` takes no columns; SQL does
    in every version.
    """
    if is_little(rows.sparkSession):
        return suited(rows)
    rows.createOrReplaceTempView("`lake.rows`")
    return rows.sparkSession.sql(f"SELECT /*+ REBALANCE{f'({by})' if by else ''} */ * FROM `lake.rows`")


def audit_written(spark: SparkSession, output: Output, checks: Checks) -> Built:
    """Of all data files below the output's directory. One without rows is as good as none."""
    try:
        rows = written_rows(spark, output["directory"], output["columns"])
    except AnalysisException as error:
        # An object store has no directory where there is no object.
        if "PATH_NOT_FOUND" in str(error):
            return {"files": [], "checks": []}
        raise
    audited = audit(spark, rows, {**output, "checks": checks})
    files = [{"location": placed(file, output["directory"]), **figures} for file, figures in audited.files.items()]
    return {"files": files, "checks": audited.failures}


def written_rows(spark: SparkSession, directory: str, columns: List[Column]) -> DataFrame:
    reader = spark.read.schema(schema_of(columns)).option("recursiveFileLookup", True).option("__globPaths__", "false")
    return reader.parquet(directory).selectExpr("*", *ORIGIN)


def placed(file: str, directory: str) -> str:
    """The file's name below the directory as it was given; Spark may have escaped characters of it."""
    own = directory.rsplit("/", 1)[1]
    return directory + file[file.rindex(f"/{own}/") + len(own) + 1 :]
