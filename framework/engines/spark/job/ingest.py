"""A source's files into rows: every line is a row, a reject or blank, by the rules in line_rules.py."""

from typing import Any, Dict, Iterator, List, Optional, Tuple

from audit import PARTITION, audit
from job_types import Ingest, Ingested, Output, ReadFile, RejectedLine, WrittenFile
from line_rules import file_lines
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T
from steps import fresh, well_sized, written_files
from storage import Storage
from tables import bytes_of, quoted, read_files, read_table, schema_of, suit

ROW, REJECT, FILE = 0, 1, 2


def ingest(spark: SparkSession, asked: Ingest) -> Ingested:
    spec = {**asked, "output": fresh(asked["output"])}
    output = spec["output"]
    standing = read_table(spark, spec["rewritten"])
    suit(spark, sum(file["size"] for group in spec["groups"] for file in group) + bytes_of(spec["rewritten"], standing))
    listed = {file["path"]: file["size"] for group in spec["groups"] for file in group}
    judged = judge(spark, spec).persist() if listed else None
    try:
        read = files_read(judged)
        moved = [path for path, size in listed.items() if path not in read or read[path]["size"] != size]
        if moved:
            return {"files": [], "read": [], "rejects": [], "moved": moved}
        if judged is not None:
            write_groups(judged, spec)
        carry_over(spark, standing, spec)
        return {"files": written(spark, output), "read": list(read.values()), "rejects": rejects(judged), "moved": []}
    finally:
        if judged is not None:
            judged.unpersist()


def judge(spark: SparkSession, spec: Ingest) -> DataFrame:
    """One row a line that counts and one a file, told apart by `lake.kind`."""
    root, columns = spec["root"], spec["line"]
    groups = {file["path"]: at for at, group in enumerate(spec["groups"]) for file in group}
    contents = read_whole(spark, [root + path for path in groups])
    empty = (None,) * len(columns)

    def lines_of(files: Iterator[Any]) -> Iterator[Tuple[Any, ...]]:
        for uri, content in files:
            path = relative(uri, root)
            rows, refused = file_lines(bytes(content), columns)
            group = groups[path]
            for line, *values in rows:
                yield (ROW, group, path, line, None, None, *values)
            for line, reason, text in refused:
                yield (REJECT, group, path, line, reason, text, *empty)
            counts = (len(content), f"{len(rows)} {len(refused)}")
            yield (FILE, group, path, counts[0], counts[1], None, *empty)

    schema = T.StructType(
        [
            T.StructField("lake.kind", T.IntegerType()),
            T.StructField("lake.group", T.IntegerType()),
            T.StructField("_file", T.StringType()),
            T.StructField("_line", T.LongType()),
            T.StructField("lake.reason", T.StringType()),
            T.StructField("lake.text", T.StringType()),
            *schema_of(columns).fields,
        ]
    )
    return spark.createDataFrame(contents.rdd.mapPartitions(lines_of), schema, verifySchema=False)


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


def files_read(judged: Optional[DataFrame]) -> Dict[str, ReadFile]:
    if judged is None:
        return {}
    found = judged.where(F.col("`lake.kind`") == FILE).select("_file", "_line", F.col("`lake.reason`")).collect()
    read = {path: file_entry(path, size, counts) for path, size, counts in found}
    if len(read) != len(found):
        raise RuntimeError(f"{len(found) - len(read)} files were read twice")
    return read


def file_entry(path: str, size: int, counts: str) -> ReadFile:
    rows, rejected = counts.split(" ")
    return {"path": path, "size": size, "rows": int(rows), "rejected": int(rejected)}


def rejects(judged: Optional[DataFrame]) -> List[RejectedLine]:
    if judged is None:
        return []
    refused = judged.where(F.col("`lake.kind`") == REJECT).orderBy("_file", "_line")
    found = refused.select("_file", "_line", F.col("`lake.reason`"), F.col("`lake.text`")).collect()
    return [{"file": file, "line": line, "reason": reason, "text": text} for file, line, reason, text in found]


def write_groups(judged: DataFrame, spec: Ingest) -> None:
    """A data file a group, in the order of the source's files: a change of one of these concerns few data files then."""
    output = spec["output"]
    fields = schema_of(output["columns"]).fields
    cast = [F.col(quoted(field.name)).cast(field.dataType).alias(field.name) for field in fields]
    rows = judged.where(F.col("`lake.kind`") == ROW).select(F.col("`lake.group`").alias(PARTITION), *cast)
    by_group = F.col(f"`{PARTITION}`")
    together = rows.repartition(len(spec["groups"]), by_group).sortWithinPartitions(by_group, "_file", "_line")
    together.write.mode("error").partitionBy(PARTITION).parquet(f"{output['directory']}/new")


def carry_over(spark: SparkSession, standing: DataFrame, spec: Ingest) -> None:
    """The other rows of data files that hold rows of files which changed or went."""
    if not spec["rewritten"]["files"]:
        return
    replaced = spark.createDataFrame([(path,) for path in spec["replacedPaths"]], "path string")
    kept = standing.join(F.broadcast(replaced), standing["_file"] == replaced["path"], "left_anti")
    well_sized(kept).sortWithinPartitions("_file", "_line").write.mode("error").parquet(f"{spec['output']['directory']}/kept")


def written(spark: SparkSession, output: Output) -> List[WrittenFile]:
    storage = Storage(spark)
    files = [file for part in ("new", "kept") for file in storage.parquet_files(f"{output['directory']}/{part}")]
    if not files:
        return []
    table = {"columns": output["columns"], "files": [file.uri for file in files]}
    asked = {"primaryKey": output["primaryKey"], "partitionBy": [], "checks": []}
    return written_files(files, audit(read_table(spark, table), output["columns"], asked))
