"""Statements that come bit by bit to a session of their own, which is kept from one step to the next with what has been made in it."""

import re
from typing import Any, Callable, Dict, List, Optional

from job_types import Statement
from output import NO_CHECKS, write_and_audit
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from tables import ORIGIN, bytes_of, declared_rows, plain_rows, quoted, read_table, suit, suited

CONVERSATIONS: Dict[str, "Conversation"] = {}

LOST = re.compile("CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND|Checkpoint block .* not found")

# Types of which bounds are told: bigint, dates and moments (in microseconds) as text, others as they are.
BOUNDED = {"string", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "date", "timestamp"}


def conversation_of(spec: Dict[str, Any], open_session: Callable[[], SparkSession]) -> Optional["Conversation"]:
    """None where it began in another driver."""
    key = spec["conversation"]
    if spec["begins"]:
        CONVERSATIONS[key] = Conversation(open_session())
    return CONVERSATIONS.get(key)


class Conversation:
    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self._kept: List[DataFrame] = []
        self._ended = False
        self._bytes = 0

    def answers(self, statements: List[Statement]) -> Optional[List[Any]]:
        """None for a statement that asks nothing; None for all where what was kept went with the machine that it was on."""
        try:
            return [self._answer(statement) for statement in statements]
        except Exception as error:
            if LOST.search(str(error)):
                return None
            raise

    def end(self, key: str) -> None:
        CONVERSATIONS.pop(key, None)
        self._ended = True
        for rows in self._kept:
            rows._jdf.queryExecution().logical().rdd().unpersist(False)
        self._kept.clear()

    def _answer(self, statement: Statement) -> Any:
        if self._ended:
            raise RuntimeError("the conversation has ended")
        kind = statement["do"]
        if kind == "read":
            return self._name(statement, self._read(statement))
        if kind == "view":
            return self._name(statement, self.session.sql(statement["sql"]))
        if kind == "keep":
            return self._keep(statement)
        if kind == "texts":
            return self._name(statement, self.session.createDataFrame([(value,) for value in statement["values"]], "value string"))
        if kind == "figures":
            return figures(self.session.table(quoted(statement["table"])))
        if kind == "rows":
            return plain_rows(self.session.sql(statement["sql"]))
        if kind == "write":
            output = statement["output"]
            rows = declared_rows(self.session.sql(statement["sql"]), output["columns"])
            return write_and_audit(self.session, rows, output, NO_CHECKS)["files"]
        raise RuntimeError(f"the job knows no statement {kind!r}")

    def _name(self, statement: Statement, rows: DataFrame) -> None:
        rows.createOrReplaceTempView(quoted(statement["name"]))

    def _read(self, statement: Statement) -> DataFrame:
        rows = read_table(self.session, statement["table"], *(ORIGIN[:1] if statement["withFile"] else ()))
        self._bytes += bytes_of(rows)
        suit(self.session, self._bytes)
        return suited(rows)

    def _keep(self, statement: Statement) -> None:
        rows = self.session.sql(statement["sql"])
        if statement["columns"] is not None:
            rows = declared_rows(rows, statement["columns"])
        # Without what it was made from: plans that hold each other's plans grow beyond all bounds.
        kept = rows.localCheckpoint(eager=False)
        self._kept.append(kept)
        self._name(statement, kept)


def figures(rows: DataFrame) -> Dict[str, Any]:
    fields = rows.schema.fields
    aggregates = [F.count(F.lit(1)).alias("n")]
    for at, field in enumerate(fields):
        value = F.col(quoted(field.name))
        aggregates.append(F.count(value).alias(f"v{at}"))
        if field.dataType.simpleString() in BOUNDED:
            aggregates.append(told(F.min(value), field).alias(f"a{at}"))
            aggregates.append(told(F.max(value), field).alias(f"z{at}"))
    row = rows.agg(*aggregates).collect()[0].asDict()
    columns = [
        {
            "type": field.dataType.simpleString(),
            "nulls": row[f"v{at}"] < row["n"],
            "min": finite(row.get(f"a{at}")),
            "max": finite(row.get(f"z{at}")),
        }
        for at, field in enumerate(fields)
    ]
    return {"rows": row["n"], "columns": columns}


def told(bound: Any, field: Any) -> Any:
    kind = field.dataType.simpleString()
    if kind == "timestamp":
        return F.unix_micros(bound).cast("string")
    return bound.cast("string") if kind in ("bigint", "date") else bound


def finite(bound: Any) -> Any:
    """JSON has no infinity, and not a number is beyond every bound."""
    return None if isinstance(bound, float) and not abs(bound) < float("inf") else bound
