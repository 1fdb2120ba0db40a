"""Which lines of a source's files are rows and which are refused: here where there is little to read, by the cluster's workers where there is much."""

from multiprocessing.pool import ThreadPool
from typing import Any, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from job_types import Ingest, ReadFile, RejectedLine
from line_rules import file_lines
from output import PARTITION
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T
from storage import Storage
from tables import cast, is_little, read_files, schema_of

ROW, REJECT, FILE = 0, 1, 2

# So many files are read here faster than a job of Spark's would be. Most of the time is spent on waiting for them.
FEW_FILES = 500
READERS = 16

# How Spark says that a file which was listed is there no more, when it looks for it and when it reads it.
GONE = ("PATH_NOT_FOUND", "FILE_NOT_EXIST", "FileNotFoundException")


class Moved(Exception):
    """These files are gone, or of another size than listed."""

    def __init__(self, paths: List[str]) -> None:
        super().__init__(paths)
        self.paths = paths


class Judged(NamedTuple):
    """The rows, each group's in their order in one task, with the number of the group in PARTITION. What is kept for them is given back by `release`."""

    rows: DataFrame
    read: List[ReadFile]
    rejects: List[RejectedLine]
    kept: Optional[DataFrame]

    def release(self) -> None:
        if self.kept is not None:
            self.kept.unpersist()


class Lines:
    """What each file's lines are: first the file itself, with its size, rows and rejects, then each of its rows and rejects."""

    def __init__(self, spec: Ingest) -> None:
        self._root = spec["root"]
        self._columns = spec["line"]
        self._groups = {file["path"]: at for at, group in enumerate(spec["groups"]) for file in group}

    def uris(self) -> List[str]:
        return [self._root + path for path in self._groups]

    def named_in(self, text: str) -> List[str]:
        """The files that an error's text names; any, where it names none."""
        return [path for path in self._groups if path in text] or list(self._groups)[:1]

    def schema(self) -> T.StructType:
        place = {"lake.kind": T.IntegerType(), "lake.group": T.IntegerType(), "_file": T.StringType(), "_line": T.LongType()}
        told = {"lake.reason": T.StringType(), "lake.text": T.StringType(), "lake.rejected": T.LongType()}
        fields = [T.StructField(name, kind) for name, kind in {**place, **told}.items()]
        return T.StructType([*fields, *schema_of(self._columns).fields])

    def of(self, files: Iterable[Any]) -> Iterator[Tuple[Any, ...]]:
        empty = (None,) * len(self._columns)
        for uri, content in files:
            path = relative(uri, self._root)
            group = self._groups[path]
            rows, refused = file_lines(bytes(content), self._columns)
            yield (FILE, group, path, len(content), str(len(rows)), None, len(refused), *empty)
            for line, *values in rows:
                yield (ROW, group, path, line, None, None, None, *values)
            for line, reason, text in refused:
                yield (REJECT, group, path, line, reason, text, None, *empty)


def judge(spark: SparkSession, spec: Ingest) -> Judged:
    """Throws Moved."""
    listed = {file["path"]: file["size"] for group in spec["groups"] for file in group}
    lines = Lines(spec)
    is_here = is_little(spark) and len(listed) <= FEW_FILES
    judged = judged_here(spark, spec, lines) if is_here else judged_there(spark, spec, lines)
    sizes = {file["path"]: file["size"] for file in judged.read}
    other = [path for path, size in listed.items() if sizes.get(path) != size]
    if other:
        judged.release()
        raise Moved(other)
    return judged


def judged_here(spark: SparkSession, spec: Ingest, lines: Lines) -> Judged:
    judged = list(lines.of(contents(spark, lines.uris(), spec["root"])))
    rows = spark.createDataFrame([line for line in judged if line[0] == ROW], lines.schema(), verifySchema=False)
    read = [file_of(*line[2:7]) for line in judged if line[0] == FILE]
    refused = sorted(line[2:6] for line in judged if line[0] == REJECT)
    return Judged(placed(rows, spec).coalesce(1), read, [reject_of(*line) for line in refused], None)


def contents(spark: SparkSession, uris: List[str], root: str) -> List[Tuple[str, bytes]]:
    storage = Storage(spark)
    with ThreadPool(READERS) as readers:
        read = list(zip(uris, readers.map(storage.read, uris)))
    gone = [relative(uri, root) for uri, content in read if content is None]
    if gone:
        raise Moved(gone)
    return read


def judged_there(spark: SparkSession, spec: Ingest, lines: Lines) -> Judged:
    try:
        files = read_whole(spark, lines.uris())
        judged = spark.createDataFrame(files.rdd.mapPartitions(lines.of), lines.schema(), verifySchema=False).persist()
        read = [file_of(*row) for row in told(judged, FILE, "_file, _line, `lake.reason`, `lake.text`, `lake.rejected`").collect()]
        refused = told(judged, REJECT, "_file, _line, `lake.reason`, `lake.text`").orderBy("_file", "_line").collect()
    except Exception as error:
        if any(sign in str(error) for sign in GONE):
            raise Moved(lines.named_in(str(error))) from error
        raise
    rows = placed(told(judged, ROW, "*"), spec).repartition(len(spec["groups"]), f"`{PARTITION}`")
    return Judged(
        rows.sortWithinPartitions(f"`{PARTITION}`", "_file", "_line"), once_each(read), [reject_of(*row) for row in refused], judged
    )


def told(judged: DataFrame, kind: int, columns: str) -> DataFrame:
    return judged.where(f"`lake.kind` = {kind}").selectExpr(*columns.split(", "))


def placed(rows: DataFrame, spec: Ingest) -> DataFrame:
    """As the rows are written, with the group that they are written with."""
    columns = [cast(column["name"], column["type"]) for column in spec["output"]["columns"]]
    return rows.selectExpr(f"`lake.group` AS `{PARTITION}`", *columns)


def read_whole(spark: SparkSession, uris: List[str]) -> DataFrame:
    """Many tiny files make few tasks; none of them is looked for before it is read, but for its size."""
    spark.conf.set("spark.sql.files.openCostInBytes", str(64 * 1024))
    spark.conf.set("spark.sql.sources.parallelPartitionDiscovery.parallelism", "64")
    return read_files(spark.read.format("binaryFile"), uris).select("path", "content")


def relative(uri: str, root: str) -> str:
    """Hadoop may write `file:/x` for `file:///x`."""
    path, base = (text.split(":", 1)[-1].lstrip("/") for text in (uri, root))
    if not path.startswith(base):
        raise RuntimeError(f"{uri} is not below {root}")
    return path[len(base) :]


def file_of(path: str, size: int, rows: str, _text: None, rejected: int) -> ReadFile:
    return {"path": path, "size": size, "rows": int(rows), "rejected": rejected}


def reject_of(file: str, line: int, reason: str, text: str) -> RejectedLine:
    return {"file": file, "line": line, "reason": reason, "text": text}


def once_each(read: List[ReadFile]) -> List[ReadFile]:
    twice = len(read) - len({file["path"] for file in read})
    if twice:
        raise RuntimeError(f"{twice} files were read twice")
    return read
