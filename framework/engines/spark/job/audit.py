"""What one scan of data files says: rows, bounds, nulls and fingerprints of each, and how many rows offend against each check."""

from functools import reduce
from typing import Any, Dict, List, NamedTuple, Sequence

from job_types import CheckFailure, Checks, Column, Reference
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from tables import quoted, read_table, sample_rows

SAMPLE_ROWS = 5
MODULUS = 1 << 128
# The column that says which directory a row is written to. No column of an asset can have a name with a dot.
PARTITION = "lake.p"


class Audit(NamedTuple):
    """By the tail of the file's path; a file without rows is not there."""

    files: Dict[str, Dict[str, Any]]
    offending: List[int]


def tail(uri: str) -> str:
    """What tells the files of one scan apart: their names, with the directory of the partition if there is one. Neither has an escaped character."""
    parts = uri.split("/")
    return "/".join(parts[-2:]) if len(parts) > 1 and parts[-2].startswith(f"{PARTITION}=") else parts[-1]


def audit(rows: DataFrame, columns: Sequence[Column], asked: Dict[str, Any]) -> Audit:
    """`rows` are read from data files. `asked` has primaryKey, partitionBy and the row checks."""
    key = asked["primaryKey"] or [column["name"] for column in columns]
    checks = asked["checks"]
    hashed = rows.select(
        "*",
        F.col("_metadata.file_path").alias("lake.file"),
        F.xxhash64(*[F.col(quoted(name)) for name in key]).alias("lake.key"),
    )
    aggregates = [F.count(F.lit(1)).alias("n")]
    for at, column in enumerate(columns):
        aggregates.extend(column_aggregates(at, column))
    for at, name in enumerate(asked["partitionBy"]):
        value = F.col(quoted(name)).cast("string")
        aggregates.append(F.min(value).alias(f"p{at}"))
        aggregates.append(F.count_distinct(F.coalesce(F.concat(F.lit("="), value), F.lit("null"))).alias(f"d{at}"))
    for at, check in enumerate(checks):
        offends = F.expr(f"CASE WHEN ({check['predicate']}) THEN 0 ELSE 1 END")
        aggregates.append(F.sum(offends).alias(f"c{at}"))
    found = hashed.groupBy(F.col("`lake.file`")).agg(*aggregates).collect()
    files = {tail(row["lake.file"]): file_figures(row.asDict(), columns, asked["partitionBy"]) for row in found}
    return Audit(files, [sum(row[f"c{at}"] for row in found) for at in range(len(checks))])


def column_aggregates(at: int, column: Column) -> List[Any]:
    value, kind = F.col(quoted(column["name"])), column["type"]["kind"]
    # Decimals hold sums of 64-bit hashes exactly, however many rows there are.
    hashes = F.sum(F.xxhash64(F.col("`lake.key`"), value).cast("decimal(20,0)"))
    bounded = F.unix_micros(value) if kind == "timestamp" else value
    aggregates = [
        F.min(bounded).alias(f"a{at}"),
        F.max(bounded).alias(f"z{at}"),
        F.count(value).alias(f"v{at}"),
        hashes.alias(f"s{at}"),
    ]
    if kind == "double":
        aggregates.append(F.max(F.isnan(value).cast("int")).alias(f"x{at}"))
    return aggregates


def file_figures(row: Dict[str, Any], columns: Sequence[Column], partition_by: Sequence[str]) -> Dict[str, Any]:
    for at, name in enumerate(partition_by):
        if row[f"d{at}"] != 1:
            raise RuntimeError(f"a data file holds several values of {name}")
    return {
        "rows": row["n"],
        "partitionValues": {name: row[f"p{at}"] for at, name in enumerate(partition_by)},
        "columns": [column_figures(row, at, column["type"]["kind"]) for at, column in enumerate(columns)],
    }


def column_figures(row: Dict[str, Any], at: int, kind: str) -> Dict[str, Any]:
    has_nan = row.get(f"x{at}") == 1
    return {
        "nulls": row["n"] - row[f"v{at}"],
        "min": None if has_nan else bound(row[f"a{at}"], kind),
        "max": None if has_nan else bound(row[f"z{at}"], kind),
        "sum": format(int(row[f"s{at}"]) % MODULUS, "x"),
    }


def bound(value: Any, kind: str) -> Any:
    if value is None or kind in ("text", "boolean", "int"):
        return value
    if kind == "double":
        return value if abs(value) != float("inf") else None
    if kind == "decimal":
        return format(value, "f")
    return str(value)


class Question(NamedTuple):
    """How many rows offend: one row of one number. Which ones they are is asked where there are any."""

    check: Any
    count: DataFrame
    offending: DataFrame


def failed_checks(spark: SparkSession, rows: DataFrame, checks: Checks, offending: Sequence[int]) -> List[CheckFailure]:
    failures = []
    for check, count in zip(checks["rows"], offending):
        if count > 0:
            wrong = rows.where(F.expr(f"NOT coalesce(({check['predicate']}), false)"))
            failures.append(failure(check, count, wrong))
    questions = [dangling(spark, rows, reference) for reference in checks["references"]]
    if checks["unique"]:
        questions.insert(0, same_keys(rows, checks["unique"]))
    for question, count in zip(questions, counts_of(questions)):
        if count > 0:
            failures.append(failure(question.check, count, question.offending))
    return failures


def counts_of(questions: Sequence[Question]) -> List[int]:
    """All of them at once: a job of Spark's takes its time, however little there is to do."""
    numbered = [question.count.select(F.lit(at).alias("at"), "n") for at, question in enumerate(questions)]
    if not numbered:
        return []
    found = {at: n for at, n in reduce(DataFrame.unionAll, numbered).collect()}
    return [found[at] or 0 for at in range(len(questions))]


def failure(check: Any, count: int, wrong: DataFrame) -> CheckFailure:
    return {"check": check["name"], "severity": check["severity"], "rows": count, "sample": sample_rows(wrong, SAMPLE_ROWS)}


def same_keys(rows: DataFrame, key: Sequence[str]) -> Question:
    """The rows whose key another row has too; a key with a null in it is nobody's, as it is in SQL."""
    columns = [F.col(quoted(name)) for name in key]
    whole = reduce(lambda left, right: left & right, [column.isNotNull() for column in columns])
    shared = rows.where(whole).groupBy(*columns).agg(F.count(F.lit(1)).alias("lake.n")).where(F.col("`lake.n`") > 1)
    check = {"name": f"{', '.join(key)} is unique", "severity": "error"}
    return Question(check, shared.agg(F.sum("`lake.n`").alias("n")), rows.join(shared.drop("lake.n"), list(key), "left_semi"))


def dangling(spark: SparkSession, rows: DataFrame, reference: Reference) -> Question:
    target = rows if reference["table"] == "itself" else read_table(spark, reference["table"])
    values = target.select(F.col(quoted(reference["target"])).alias("lake.target")).distinct()
    own = rows.where(F.col(quoted(reference["column"])).isNotNull())
    wrong = own.join(values, own[quoted(reference["column"])] == values["`lake.target`"], "left_anti")
    return Question(reference, wrong.agg(F.count(F.lit(1)).alias("n")), wrong)
