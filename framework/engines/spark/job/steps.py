"""The steps that the job can do, each from its spec to the value of its result. Nothing here publishes anything."""

from typing import Any

from audit import audit
from ingest import ingest
from job_types import Build, Built, Fingerprint, Fingerprinted, JobSpec
from output import NO_CHECKS, write_and_audit
from pyspark.sql import SparkSession
from tables import ORIGIN, bytes_of, declared_rows, quoted, read_table, suit, suited


def run_step(spark: SparkSession, spec: JobSpec) -> Any:
    kind = spec["kind"]
    if kind == "build":
        return build(spark, spec)
    if kind == "ingest":
        return ingest(spark, spec)
    if kind == "fingerprint":
        return fingerprint(spark, spec)
    raise RuntimeError(f"the job knows no step {kind!r}")


def build(spark: SparkSession, spec: Build) -> Built:
    inputs = {alias: read_table(spark, table) for alias, table in spec["inputs"].items()}
    suit(spark, bytes_of(*inputs.values()))
    for alias, rows in inputs.items():
        suited(rows).createOrReplaceTempView(quoted(alias))
    rows = declared_rows(spark.sql(spec["sql"]), spec["output"]["columns"])
    return write_and_audit(spark, rows, spec["output"], spec["checks"])


def fingerprint(spark: SparkSession, spec: Fingerprint) -> Fingerprinted:
    columns, files = spec["table"]["columns"], spec["table"]["files"]
    asked = {"columns": columns, "primaryKey": spec["primaryKey"], "partitionBy": [], "checks": NO_CHECKS}
    audited = audit(spark, read_table(spark, spec["table"], *ORIGIN), asked)
    by_tail = {tail(file): figures for file, figures in audited.files.items()}
    empty = {"rows": 0, "columns": [{"nulls": 0, "min": None, "max": None, "sum": "0"} for _ in columns]}
    return {"files": [by_tail.get(tail(file), empty) for file in files]}


def tail(uri: str) -> str:
    """Tells data files of ours apart, which have a random part in their names; what comes before may be escaped or not."""
    return uri.rsplit("/", 1)[-1]
