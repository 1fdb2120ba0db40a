"""A source's files into rows: every line is a row, a reject or blank, by the rules in line_rules.py."""

from typing import List, Optional

from job_types import Ingest, Ingested, ReadFile, RejectedLine
from judge import Judged, Moved, judge
from output import NO_CHECKS, PARTITION, audit_written, fresh, well_sized, with_one_zero
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from tables import bytes_of, read_table, suit


def ingest(spark: SparkSession, asked: Ingest) -> Ingested:
    """A data file a group, in the order of the source's files: a change of one of these concerns few data files then."""
    spec: Ingest = {**asked, "output": {**fresh(asked["output"]), "partitionBy": []}}
    listed = [file["size"] for group in spec["groups"] for file in group]
    standing = read_table(spark, spec["rewritten"]) if spec["rewritten"]["files"] else None
    suit(spark, sum(listed) + bytes_of(standing))
    if not listed:
        carry_over(standing, spec)
        return ingested(spark, spec, [], [])
    try:
        judged = judge(spark, spec)
    except Moved as moved:
        return {"files": [], "read": [], "rejects": [], "moved": moved.paths}
    try:
        write_groups(judged, spec)
        carry_over(standing, spec)
        return ingested(spark, spec, judged.read, judged.rejects)
    finally:
        judged.release()


def ingested(spark: SparkSession, spec: Ingest, read: List[ReadFile], rejects: List[RejectedLine]) -> Ingested:
    files = audit_written(spark, spec["output"], NO_CHECKS)["files"]
    return {"files": files, "read": read, "rejects": rejects, "moved": []}


def write_groups(judged: Judged, spec: Ingest) -> None:
    directory = f"{spec['output']['directory']}/new"
    rows = with_one_zero(judged.rows)
    if len(spec["groups"]) == 1:
        rows.drop(PARTITION).write.mode("error").parquet(directory)
    else:
        rows.write.mode("error").partitionBy(PARTITION).parquet(directory)


def carry_over(standing: Optional[DataFrame], spec: Ingest) -> None:
    """The other rows of data files that hold rows of files which changed or went."""
    if standing is None:
        return
    replaced = standing.sparkSession.createDataFrame([(path,) for path in spec["replacedPaths"]], "path string")
    kept = standing.join(F.broadcast(replaced), standing["_file"] == replaced["path"], "left_anti")
    ordered = well_sized(with_one_zero(kept)).sortWithinPartitions("_file", "_line")
    ordered.write.mode("error").parquet(f"{spec['output']['directory']}/kept")
