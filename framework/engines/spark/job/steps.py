"""The steps that the job can do, each from its spec to the value of its result. Nothing here publishes anything."""

import uuid
from typing import Any, List

from audit import PARTITION, Audit, audit, failed_checks, tail
from job_types import Build, Built, Checks, Fingerprint, Fingerprinted, JobSpec, Output, WrittenFile
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from storage import Storage, StoredFile
from tables import bytes_of, declared_rows, is_little, quoted, read_table, suit


def run_step(spark: SparkSession, spec: JobSpec) -> Any:
    kind = spec["kind"]
    if kind == "build":
        return build(spark, spec)
    if kind == "ingest":
        from ingest import ingest

        return ingest(spark, spec)
    if kind == "fingerprint":
        return fingerprint(spark, spec)
    raise RuntimeError(f"the job knows no step {kind!r}")


def build(spark: SparkSession, spec: Build) -> Built:
    inputs = {alias: read_table(spark, table) for alias, table in spec["inputs"].items()}
    suit(spark, sum(bytes_of(spec["inputs"][alias], rows) for alias, rows in inputs.items()))
    for alias, rows in inputs.items():
        rows.createOrReplaceTempView(quoted(alias))
    rows = declared_rows(spark.sql(spec["sql"]), spec["output"]["columns"])
    return write_and_check(spark, rows, spec["output"], spec["checks"])


def fresh(output: Output) -> Output:
    """A directory in which no other attempt at the step has ever written: one that was given up for lost may still be at it."""
    return {**output, "directory": f"{output['directory']}/{uuid.uuid4().hex}"}


def write_and_check(spark: SparkSession, rows: DataFrame, wanted: Output, checks: Checks) -> Built:
    output = fresh(wanted)
    write_files(rows, output)
    files = list(Storage(spark).parquet_files(output["directory"]))
    table = {"columns": output["columns"], "files": [file.uri for file in files]}
    if not files:
        return {"files": [], "checks": []}
    written = read_table(spark, table)
    audited = audit(written, output["columns"], {**output, "checks": checks["rows"]})
    return {
        "files": written_files(files, audited),
        "checks": failed_checks(spark, written, checks, audited.offending),
    }


def written_files(files: List[StoredFile], audited: Audit) -> List[WrittenFile]:
    with_rows = [(file, audited.files.get(tail(file.uri))) for file in files]
    return [{"location": file.uri, "size": file.size, **figures} for file, figures in with_rows if figures]


def write_files(rows: DataFrame, output: Output) -> None:
    """
    Parquet files of one partition each. The partition columns stay in the files, so that these can be read without the log; the
    directories are named by a hash of the values, which are in no name then that a reader could stumble over.
    """
    partition_by = output["partitionBy"]
    if not partition_by:
        well_sized(rows).write.mode("error").parquet(output["directory"])
        return
    partition = F.md5(F.concat(*[length_prefixed(name) for name in partition_by]))
    placed = rows.select(partition.alias(PARTITION), "*")
    well_sized(placed, f"`{PARTITION}`").write.mode("error").partitionBy(PARTITION).parquet(output["directory"])


def well_sized(rows: DataFrame, by: str = "") -> DataFrame:
    """
    Rows of the same value beside each other, in files of a good size; a few rows in one task. PySpark 3.5's `hint` takes no columns; SQL does
    in every version.
    """
    if is_little(rows.sparkSession):
        return rows.coalesce(1)
    rows.createOrReplaceTempView("lake_rows")
    return rows.sparkSession.sql(f"SELECT /*+ REBALANCE{f'({by})' if by else ''} */ * FROM lake_rows")


def length_prefixed(name: str) -> Any:
    text = F.col(quoted(name)).cast("string")
    return F.coalesce(F.concat(F.length(text).cast("string"), F.lit(":"), text), F.lit("-"))


def fingerprint(spark: SparkSession, spec: Fingerprint) -> Fingerprinted:
    table, columns = spec["table"], spec["table"]["columns"]
    audited = audit(read_table(spark, table), columns, {"primaryKey": spec["primaryKey"], "partitionBy": [], "checks": []})
    empty = {"rows": 0, "columns": [{"nulls": 0, "min": None, "max": None, "sum": "0"} for _ in columns]}
    return {"files": [audited.files.get(tail(file), empty) for file in table["files"]]}
