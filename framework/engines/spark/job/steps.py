"""The steps that the job can do, each from its spec to the value of its result. Nothing here publishes anything."""

from typing import Any, Dict, List

from audit import PARTITION, Audit, audit, failed_checks, tail
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from storage import Storage
from tables import declared_rows, quoted, read_table

Spec = Dict[str, Any]


def run_step(spark: SparkSession, spec: Spec) -> Any:
    kind = spec["kind"]
    if kind == "build":
        return build(spark, spec)
    if kind == "ingest":
        from ingest import ingest

        return ingest(spark, spec)
    if kind == "fingerprint":
        return fingerprint(spark, spec)
    raise RuntimeError(f"the job knows no step {kind!r}")


def build(spark: SparkSession, spec: Spec) -> Any:
    for alias, table in spec["inputs"].items():
        read_table(spark, table).createOrReplaceTempView(quoted(alias))
    rows = declared_rows(spark.sql(spec["sql"]), spec["output"]["columns"])
    return write_and_check(spark, rows, spec["output"], spec["checks"])


def write_and_check(spark: SparkSession, rows: DataFrame, output: Spec, checks: Spec) -> Any:
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


def written_files(files: List[Any], audited: Audit) -> List[Any]:
    with_rows = [(file, audited.files.get(tail(file.uri))) for file in files]
    return [{"location": file.uri, "size": file.size, **figures} for file, figures in with_rows if figures]


def write_files(rows: DataFrame, output: Spec) -> None:
    """
    Parquet files of one partition each. The partition columns stay in the files, so that these can be read without the log; the
    directories are named by a hash of the values, which are in no name then that a reader could stumble over.
    """
    partition_by = output["partitionBy"]
    if not partition_by:
        rows.hint("rebalance").write.mode("error").parquet(output["directory"])
        return
    partition = F.md5(F.concat(*[length_prefixed(name) for name in partition_by]))
    placed = rows.select(partition.alias(PARTITION), "*")
    rebalanced(placed, f"`{PARTITION}`").write.mode("error").partitionBy(PARTITION).parquet(output["directory"])


def rebalanced(rows: DataFrame, by: str) -> DataFrame:
    """Rows of the same value beside each other, in files of a good size. PySpark 3.5's `hint` takes no columns; SQL does in every version."""
    rows.createOrReplaceTempView("lake_rows")
    return rows.sparkSession.sql(f"SELECT /*+ REBALANCE({by}) */ * FROM lake_rows")


def length_prefixed(name: str) -> Any:
    text = F.col(quoted(name)).cast("string")
    return F.coalesce(F.concat(F.length(text).cast("string"), F.lit(":"), text), F.lit("-"))


def fingerprint(spark: SparkSession, spec: Spec) -> Any:
    table, columns = spec["table"], spec["table"]["columns"]
    audited = audit(read_table(spark, table), columns, {"primaryKey": spec["primaryKey"], "partitionBy": [], "checks": []})
    empty = {"rows": 0, "columns": [{"nulls": 0, "min": None, "max": None, "sum": "0"} for _ in columns]}
    return {"files": [audited.files.get(tail(file), empty) for file in table["files"]]}
