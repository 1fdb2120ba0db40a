"""Checks as questions to the rows that are audited: how many offend is asked of all of them at once, which ones they are only where there are any."""

from typing import Any, List, NamedTuple, Sequence

from job_types import CheckFailure, Checks, Reference
from pyspark.sql import SparkSession
from tables import AUDITED, FILE, SIZE, quoted, read_table, sample_rows, suited

SAMPLE_ROWS = 5


class Question(NamedTuple):
    """`offends` is true of a row of AUDITED that offends; `is_alone` where no other row has to be known to say so. Those come first."""

    check: Any
    offends: str
    is_alone: bool


def questions_of(spark: SparkSession, checks: Checks) -> List[Question]:
    return [
        *(Question(check, f"NOT coalesce(({check['predicate']}), false)", True) for check in checks["rows"]),
        *([same_key(checks["unique"])] if checks["unique"] else []),
        *(dangling(spark, at, reference) for at, reference in enumerate(checks["references"])),
    ]


def failures_of(spark: SparkSession, questions: Sequence[Question], counts: Sequence[int]) -> List[CheckFailure]:
    failures = []
    for question, count in zip(questions, counts):
        if count > 0:
            told = spark.sql(f"SELECT *, {question.offends} AS `lake.offends` FROM {AUDITED}").where("`lake.offends`")
            sample = sample_rows(told.drop("lake.offends", FILE, SIZE), SAMPLE_ROWS)
            check = question.check
            failures.append({"check": check["name"], "severity": check["severity"], "rows": count, "sample": sample})
    return failures


def same_key(key: Sequence[str]) -> Question:
    """Another row has the same; a key with a null in it is nobody's, as it is in SQL."""
    columns = [quoted(name) for name in key]
    whole = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    check = {"name": f"{', '.join(key)} is unique", "severity": "error"}
    return Question(check, f"({whole} AND count(*) OVER (PARTITION BY {', '.join(columns)}) > 1)", False)


def dangling(spark: SparkSession, at: int, reference: Reference) -> Question:
    target = AUDITED
    if reference["table"] != "itself":
        target = f"`lake.target {at}`"
        suited(read_table(spark, reference["table"])).createOrReplaceTempView(target)
    column = f"{AUDITED}.{quoted(reference['column'])}"
    found = f"EXISTS (SELECT 1 FROM {target} AS `lake.other` WHERE `lake.other`.{quoted(reference['target'])} = {column})"
    return Question(reference, f"({column} IS NOT NULL AND NOT {found})", False)
