"""The step that turns a source's files into rows and rejects, and writes the rows.

Data files that hold rows of files which changed are rewritten without these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lake_job.sources.validate_lines import (
    CompressedFilesError,
    SourceChangedError,
    validate_lines,
)
from lake_job.spark.session_tuning import tune_session
from lake_job.tables.read_tables import bytes_to_read, read_table
from lake_job.tables.sql_names import PARTITION
from lake_job.write.checks import NO_CHECKS
from lake_job.write.write_output import (
    audit_written,
    in_stored_form,
    well_sized,
    with_fresh_directory,
)

if TYPE_CHECKING:
    from typing import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from lake_job.protocol.job_types import Ingest, Ingested, Output
    from lake_job.sources.validate_lines import ValidatedLines


NOTHING_READ: Ingested = {"files": [], "read": [], "rejects": [], "changed": [], "compressed": []}


def ingest(spark: SparkSession, spec: Ingest) -> Ingested:
    """Writes a data file for each group, in the order of the source's files.

    A source file that changes later then concerns few data files.
    """
    output: Output = {**with_fresh_directory(spec["output"]), "partitionBy": []}
    sizes = [file["size"] for group in spec["groups"] for file in group]
    rewritten = [read_table(spark, spec["rewritten"])] if spec["rewritten"]["files"] else []
    tune_session(spark, sum(sizes) + bytes_to_read(*rewritten))
    try:
        lines = validate_lines(spark, spec) if sizes else None
    except SourceChangedError as changed:
        return {**NOTHING_READ, "changed": changed.paths}
    except CompressedFilesError as found:
        return {**NOTHING_READ, "compressed": found.paths}
    try:
        if lines:
            write_groups(lines, len(spec["groups"]), output)
        for rows in rewritten:
            carry_over(rows, spec["replacedPaths"], output)
        files = audit_written(spark, output, NO_CHECKS)["files"]
    finally:
        if lines:
            lines.release()
    read, rejects = (lines.read, lines.rejects) if lines else ([], [])
    return {"files": files, "read": read, "rejects": rejects, "changed": [], "compressed": []}


def write_groups(lines: ValidatedLines, groups: int, output: Output) -> None:
    directory = f"{output['directory']}/new"
    rows = in_stored_form(lines.rows)
    if groups == 1:
        rows.drop(PARTITION).write.mode("error").parquet(directory)
    else:
        rows.write.mode("error").partitionBy(PARTITION).parquet(directory)


def carry_over(rows: DataFrame, replaced_paths: Sequence[str], output: Output) -> None:
    """Writes the rows of data files that are not of the replaced source files."""
    paths = [(path,) for path in replaced_paths]
    replaced = rows.sparkSession.createDataFrame(paths, "path string")
    kept = rows.join(F.broadcast(replaced), rows["_file"] == replaced["path"], "left_anti")
    ordered = well_sized(in_stored_form(kept)).sortWithinPartitions("_file", "_line")
    ordered.write.mode("error").parquet(f"{output['directory']}/kept")
