"""What one scan of data files says: rows, bounds, nulls and fingerprints of each, and how many rows offend against each check."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from checks import Question, failures_of, questions_of
from job_types import CheckFailure, Column
from pyspark.sql import DataFrame, SparkSession
from tables import AUDITED, FILE, SIZE, is_little, quoted, suited

MODULUS = 1 << 128
LOW = (1 << 32) - 1
KEY = "`lake.key`"


class Audit(NamedTuple):
    """By the file's URI; a file without rows is not there."""

    files: Dict[str, Dict[str, Any]]
    failures: List[CheckFailure]


def audit(spark: SparkSession, rows: DataFrame, asked: Dict[str, Any]) -> Audit:
    """
    `rows` are read from data files, with their FILE and SIZE. `asked` has columns, primaryKey, partitionBy and checks. One statement of SQL: a job of
    Spark's takes its time, however little there is to do, and an expression that is built bit by bit asks Java for every bit.
    """
    columns, partition_by = asked["columns"], asked["partitionBy"]
    suited(rows).createOrReplaceTempView(AUDITED)
    questions = questions_of(spark, asked["checks"])
    beside = [question for question in questions if question.is_alone or is_little(spark)]
    apart = questions[len(beside) :]
    key = ", ".join(quoted(name) for name in asked["primaryKey"] or [column["name"] for column in columns])
    told = ["*", f"xxhash64({key}) AS {KEY}", *(f"{question.offends} AS {offends(at)}" for at, question in enumerate(beside))]
    figures = [
        *(item for at, column in enumerate(columns) for item in column_figures(at, column)),
        *(item for at, name in enumerate(partition_by) for item in partition_figures(at, name)),
        *(f"count_if({offends(at)}) AS q{at}" for at in range(len(beside))),
        *(f"{counted(question)} AS r{at}" for at, question in enumerate(apart)),
    ]
    found = spark.sql(
        f"SELECT `{FILE}`, `{SIZE}`, count(*) AS n, {', '.join(figures)} "
        f"FROM (SELECT {', '.join(told)} FROM {AUDITED}) GROUP BY `{FILE}`, `{SIZE}`"
    ).collect()
    files = {row[FILE]: file_figures(row.asDict(), columns, partition_by) for row in found}
    counts = [
        *(sum(row[f"q{at}"] for row in found) for at in range(len(beside))),
        *(max((row[f"r{at}"] for row in found), default=0) for at in range(len(apart))),
    ]
    return Audit(files, failures_of(spark, questions, counts))


def offends(at: int) -> str:
    return f"`lake.offends {at}`"


def counted(question: Question) -> str:
    """Of all rows, whatever the file, by their own columns alone: beside the figures, whole rows would go from worker to worker."""
    return f"(SELECT count_if(`lake.offends`) FROM (SELECT {question.offends} AS `lake.offends` FROM {AUDITED}))"


def column_figures(at: int, column: Column) -> List[str]:
    value, kind = quoted(column["name"]), column["type"]["kind"]
    hashed = f"xxhash64({KEY}, {value})"
    bounded = f"unix_micros({value})" if kind == "timestamp" else value
    figures = [
        f"min({bounded}) AS a{at}",
        f"max({bounded}) AS z{at}",
        f"count({value}) AS v{at}",
        # The halves of the hashes apart: 64 bits hold their sums exactly for two thousand million rows of a file, and the sum fails beyond.
        f"sum(shiftright({hashed}, 32)) AS h{at}",
        f"sum({hashed} & {LOW}) AS l{at}",
    ]
    return [*figures, f"max(CAST(isnan({value}) AS INT)) AS x{at}"] if kind == "double" else figures


def partition_figures(at: int, name: str) -> List[str]:
    """One value, or null in every row: else the two are different."""
    text = f"CAST({quoted(name)} AS STRING)"
    return [f"min(coalesce(concat('=', {text}), '')) AS p{at}", f"max(coalesce(concat('=', {text}), '')) AS d{at}"]


def file_figures(row: Dict[str, Any], columns: Sequence[Column], partition_by: Sequence[str]) -> Dict[str, Any]:
    for at, name in enumerate(partition_by):
        if row[f"p{at}"] != row[f"d{at}"]:
            raise RuntimeError(f"a data file holds several values of {name}")
    return {
        "size": row[SIZE],
        "rows": row["n"],
        "partitionValues": {name: partition_value(row[f"p{at}"]) for at, name in enumerate(partition_by)},
        "columns": [figures_of(row, at, column["type"]["kind"]) for at, column in enumerate(columns)],
    }


def partition_value(told: str) -> Optional[str]:
    return told[1:] if told else None


def figures_of(row: Dict[str, Any], at: int, kind: str) -> Dict[str, Any]:
    has_nan = row.get(f"x{at}") == 1
    return {
        "nulls": row["n"] - row[f"v{at}"],
        "min": None if has_nan else bound(row[f"a{at}"], kind),
        "max": None if has_nan else bound(row[f"z{at}"], kind),
        "sum": format(((row[f"h{at}"] << 32) + row[f"l{at}"]) % MODULUS, "x"),
    }


def bound(value: Any, kind: str) -> Any:
    if value is None or kind in ("text", "boolean", "int"):
        return value
    if kind == "double":
        return value if abs(value) != float("inf") else None
    if kind == "decimal":
        return format(value, "f")
    return str(value)
