"""Which lines of a source's files are rows and which are refused: here where there is little to read, by the cluster's workers where there is much."""

from typing import Any, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from audit import PARTITION
from job_types import Ingest, ReadFile, RejectedLine
from line_rules import file_lines
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T
from tables import is_little, quoted, read_files, schema_of

ROW, REJECT, FILE = 0, 1, 2


class Judged(NamedTuple):
    """The rows with the number of their group in `lake.p`. What is kept for them is given back by `release`."""

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

    def schema(self) -> T.StructType:
        own = {"kind": T.IntegerType(), "group": T.IntegerType(), "file": T.StringType(), "line": T.LongType()}
        told = {"reason": T.StringType(), "text": T.StringType(), "rejected": T.LongType()}
        fields = [T.StructField(f"lake.{name}", kind) for name, kind in {**own, **told}.items()]
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
    lines = Lines(spec)
    contents = read_whole(spark, lines.uris())
    if is_little(spark):
        # To start the workers would take longer than the work.
        return judged_here(spark, spec, list(lines.of(contents.collect())), lines.schema())
    return judged_there(spark, spec, spark.createDataFrame(contents.rdd.mapPartitions(lines.of), lines.schema(), verifySchema=False))


def judged_here(spark: SparkSession, spec: Ingest, judged: List[Tuple[Any, ...]], schema: T.StructType) -> Judged:
    rows = spark.createDataFrame([line for line in judged if line[0] == ROW], schema, verifySchema=False)
    read = [file_of(*line[2:7]) for line in judged if line[0] == FILE]
    refused = sorted(line[2:6] for line in judged if line[0] == REJECT)
    return Judged(placed(rows, spec), once_each(read), [reject_of(*line) for line in refused], None)


def judged_there(spark: SparkSession, spec: Ingest, lines: DataFrame) -> Judged:
    judged = lines.persist()
    kind = F.col("`lake.kind`")
    told = [F.col(f"`lake.{name}`") for name in ("file", "line", "reason", "text", "rejected")]
    read = [file_of(*row) for row in judged.where(kind == FILE).select(*told).collect()]
    refused = judged.where(kind == REJECT).orderBy(told[0], told[1]).select(*told[:4]).collect()
    return Judged(placed(judged.where(kind == ROW), spec), once_each(read), [reject_of(*row) for row in refused], judged)


def placed(rows: DataFrame, spec: Ingest) -> DataFrame:
    """As the rows are written, with the group that they are written with."""
    named = {"_file": F.col("`lake.file`"), "_line": F.col("`lake.line`")}
    cast = [
        named.get(field.name, F.col(quoted(field.name))).cast(field.dataType).alias(field.name)
        for field in schema_of(spec["output"]["columns"]).fields
    ]
    return rows.select(F.col("`lake.group`").alias(PARTITION), *cast)


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
