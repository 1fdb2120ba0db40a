"""Sorts the lines of a source's files into rows and rejects.

The driver does it if there is little to read, the cluster's workers if there is much.
"""

from __future__ import annotations

import json
from multiprocessing.pool import ThreadPool
from typing import TYPE_CHECKING, NamedTuple

from pyspark.sql import types as T

from lake_job.sources.source_files import COMPRESSED, RecordKind, SourceFiles
from lake_job.spark.session_tuning import is_small_input
from lake_job.spark.storage import Storage
from lake_job.tables.column_types import cast, schema_of
from lake_job.tables.read_tables import read_files
from lake_job.tables.sql_names import PARTITION

if TYPE_CHECKING:
    from typing import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from lake_job.protocol.job_types import Column, FileKeys, Ingest, ReadFile, RejectedLine

# Maximum number of files that the driver reads itself, faster than a Spark job would. It mostly
# waits for the files, so it reads many at once.
MAXIMUM_FILES_ON_DRIVER = 500
READERS = 16

# How Spark says that a listed file is missing, when it looks for the file and when it reads it.
FILE_GONE = ("PATH_NOT_FOUND", "FILE_NOT_EXIST", "FileNotFoundException")

KIND = "lake.kind"
GROUP = "lake.group"
SIZE = "lake.size"
ROWS = "lake.rows"
REJECTS = "lake.rejects"
KEYS = "lake.keys"
REASON = "lake.reason"
TEXT = "lake.text"


class SourceChangedError(Exception):
    """These files no longer exist, or their size differs from the listed one."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(paths)
        self.paths = paths


class CompressedFilesError(Exception):
    """These files are compressed, and the job reads no such files."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(paths)
        self.paths = paths


class ValidatedLines(NamedTuple):
    """`rows` has each group in one task, in its order, with the group's number in PARTITION."""

    rows: DataFrame
    read: list[ReadFile]
    rejects: list[RejectedLine]
    cached: DataFrame | None

    def release(self) -> None:
        """Frees what was cached. `rows` can no longer be used."""
        if self.cached is not None:
            self.cached.unpersist()


def validate_lines(spark: SparkSession, spec: Ingest) -> ValidatedLines:
    """Raises SourceChangedError and CompressedFilesError."""
    source = SourceFiles(spec)
    listed = {file["path"]: file["size"] for group in spec["groups"] for file in group}
    if is_small_input(spark) and len(listed) <= MAXIMUM_FILES_ON_DRIVER:
        lines = validate_on_driver(spark, spec, source)
    else:
        lines = validate_on_workers(spark, spec, source)
    read = {file["path"]: file["size"] for file in lines.read}
    changed = [path for path, size in listed.items() if read.get(path) != size]
    if changed:
        lines.release()
        raise SourceChangedError(changed)
    compressed = [file["path"] for file in lines.read if file["rejected"] == COMPRESSED]
    if compressed:
        lines.release()
        raise CompressedFilesError(compressed)
    return lines


def validate_on_driver(spark: SparkSession, spec: Ingest, source: SourceFiles) -> ValidatedLines:
    files = [source.parse(uri, content) for uri, content in read_contents(spark, source)]
    records = [(file.group, file.path, *row) for file in files for row in file.parsed.rows]
    rows = spark.createDataFrame(records, row_schema(columns_of(spec)), verifySchema=False)
    read = [
        read_file(
            file.path,
            file.size,
            len(file.parsed.rows),
            COMPRESSED if file.parsed.is_compressed else len(file.parsed.rejects),
            file.parsed.keys,
        )
        for file in files
    ]
    rejects = sorted((file.path, *reject) for file in files for reject in file.parsed.rejects)
    return ValidatedLines(
        output_rows(rows, spec).coalesce(1), read, [rejected_line(*one) for one in rejects], None
    )


def read_contents(spark: SparkSession, source: SourceFiles) -> list[tuple[str, bytes]]:
    storage = Storage(spark)
    uris = source.uris()
    with ThreadPool(READERS) as readers:
        contents = list(zip(uris, readers.map(storage.read, uris)))
    gone = [source.path_of(uri) for uri, content in contents if content is None]
    if gone:
        raise SourceChangedError(gone)
    return [(uri, content) for uri, content in contents if content is not None]


def validate_on_workers(spark: SparkSession, spec: Ingest, source: SourceFiles) -> ValidatedLines:
    try:
        files = read_whole_files(spark, source.uris())
        parsed = files.rdd.mapPartitions(source.records)
        schema = record_schema(columns_of(spec))
        records = spark.createDataFrame(parsed, schema, verifySchema=False).persist()
        read = of_kind(records, RecordKind.FILE, "_file", SIZE, ROWS, REJECTS, KEYS).collect()
        rejects = of_kind(records, RecordKind.REJECT, "_file", "_line", REASON, TEXT)
        rejected = rejects.orderBy("_file", "_line").collect()
    except Exception as error:
        if any(sign in str(error) for sign in FILE_GONE):
            raise SourceChangedError(source.named_in(str(error))) from error
        raise
    rows = output_rows(records.where(f"`{KIND}` = {RecordKind.ROW}"), spec)
    grouped = rows.repartition(len(spec["groups"]), f"`{PARTITION}`")
    return ValidatedLines(
        grouped.sortWithinPartitions(f"`{PARTITION}`", "_file", "_line"),
        read_once(
            [
                read_file(path, size, rows, rejects, json.loads(keys))
                for path, size, rows, rejects, keys in read
            ]
        ),
        [rejected_line(*row) for row in rejected],
        records,
    )


def read_whole_files(spark: SparkSession, uris: Sequence[str]) -> DataFrame:
    """Puts many tiny files into few tasks, and asks for the size of each file only."""
    spark.conf.set("spark.sql.files.openCostInBytes", str(64 * 1024))
    spark.conf.set("spark.sql.sources.parallelPartitionDiscovery.parallelism", "64")
    return read_files(spark.read.format("binaryFile"), uris).select("path", "content")


def columns_of(spec: Ingest) -> list[Column]:
    """The columns that records have values for, in their order."""
    return [*spec["line"], *spec["fromPath"]]


def row_schema(columns: Sequence[Column]) -> T.StructType:
    place = [
        T.StructField(GROUP, T.IntegerType()),
        T.StructField("_file", T.StringType()),
        T.StructField("_line", T.LongType()),
    ]
    return T.StructType([*place, *schema_of(columns).fields])


def record_schema(columns: Sequence[Column]) -> T.StructType:
    """The fields that SourceFiles.records gives. A record has null in the fields of other kinds.

    SIZE, ROWS, REJECTS and KEYS (as JSON) belong to a file. REASON and TEXT belong to a reject.
    """
    place, values = row_schema(columns).fields[:3], schema_of(columns).fields
    counts = [T.StructField(name, T.LongType()) for name in (SIZE, ROWS, REJECTS)]
    counts.append(T.StructField(KEYS, T.StringType()))
    reject = [T.StructField(name, T.StringType()) for name in (REASON, TEXT)]
    kind = T.StructField(KIND, T.IntegerType())
    return T.StructType([kind, *place, *counts, *reject, *values])


def of_kind(records: DataFrame, kind: int, *columns: str) -> DataFrame:
    return records.where(f"`{KIND}` = {kind}").selectExpr(*[f"`{name}`" for name in columns])


def output_rows(rows: DataFrame, spec: Ingest) -> DataFrame:
    """The declared columns, with the group in PARTITION."""
    columns = [cast(column["name"], column["type"]) for column in spec["output"]["columns"]]
    return rows.selectExpr(f"`{GROUP}` AS `{PARTITION}`", *columns)


def read_file(
    path: str,
    size: int,
    rows: int,
    rejected: int,
    keys: FileKeys | None,
) -> ReadFile:
    return {"path": path, "size": size, "rows": rows, "rejected": rejected, "keys": keys}


def rejected_line(path: str, line: int, reason: str, text: str) -> RejectedLine:
    return {"file": path, "line": line, "reason": reason, "text": text}


def read_once(files: list[ReadFile]) -> list[ReadFile]:
    repeated = len(files) - len({file["path"] for file in files})
    if repeated:
        raise RuntimeError(f"{repeated} files were read twice")
    return files
