"""A source's files into rows: every line is a row, a reject or blank, by the rules in line_rules.py."""

from typing import Dict, List

from audit import PARTITION, audit
from job_types import Ingest, Ingested, Output, WrittenFile
from judge import Judged, judge
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from steps import fresh, well_sized, written_files
from storage import Storage
from tables import bytes_of, read_table, suit

# How Spark says that a file which was listed is there no more, when it looks for it and when it reads it.
GONE = ("PATH_NOT_FOUND", "FILE_NOT_EXIST", "FileNotFoundException")


def ingest(spark: SparkSession, asked: Ingest) -> Ingested:
    spec: Ingest = {**asked, "output": fresh(asked["output"])}
    standing = read_table(spark, spec["rewritten"])
    listed = {file["path"]: file["size"] for group in spec["groups"] for file in group}
    suit(spark, sum(listed.values()) + bytes_of(spec["rewritten"], standing))
    if not listed:
        carry_over(spark, standing, spec)
        return {"files": written(spark, spec["output"]), "read": [], "rejects": [], "moved": []}
    try:
        judged = judge(spark, spec)
    except Exception as error:
        if any(sign in str(error) for sign in GONE):
            return moved(gone(str(error), listed))
        raise
    try:
        sizes = {file["path"]: file["size"] for file in judged.read}
        other = [path for path, size in listed.items() if sizes.get(path) != size]
        if other:
            return moved(other)
        write_groups(judged, spec)
        carry_over(spark, standing, spec)
        return {"files": written(spark, spec["output"]), "read": judged.read, "rejects": judged.rejects, "moved": []}
    finally:
        judged.release()


def moved(paths: List[str]) -> Ingested:
    return {"files": [], "read": [], "rejects": [], "moved": paths}


def gone(told: str, listed: Dict[str, int]) -> List[str]:
    return [path for path in listed if path in told] or list(listed)[:1]


def write_groups(judged: Judged, spec: Ingest) -> None:
    """A data file a group, in the order of the source's files: a change of one of these concerns few data files then."""
    by_group = F.col(f"`{PARTITION}`")
    together = judged.rows.repartition(len(spec["groups"]), by_group).sortWithinPartitions(by_group, "_file", "_line")
    together.write.mode("error").partitionBy(PARTITION).parquet(f"{spec['output']['directory']}/new")


def carry_over(spark: SparkSession, standing: DataFrame, spec: Ingest) -> None:
    """The other rows of data files that hold rows of files which changed or went."""
    if not spec["rewritten"]["files"]:
        return
    replaced = spark.createDataFrame([(path,) for path in spec["replacedPaths"]], "path string")
    kept = standing.join(F.broadcast(replaced), standing["_file"] == replaced["path"], "left_anti")
    ordered = well_sized(kept).sortWithinPartitions("_file", "_line")
    ordered.write.mode("error").parquet(f"{spec['output']['directory']}/kept")


def written(spark: SparkSession, output: Output) -> List[WrittenFile]:
    storage = Storage(spark)
    files = [file for part in ("new", "kept") for file in storage.parquet_files(f"{output['directory']}/{part}")]
    if not files:
        return []
    table = {"columns": output["columns"], "files": [file.uri for file in files]}
    asked = {"primaryKey": output["primaryKey"], "partitionBy": [], "checks": []}
    return written_files(files, audit(read_table(spark, table), output["columns"], asked))
