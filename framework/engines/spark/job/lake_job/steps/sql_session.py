"""A SQL session that lasts for several steps, with the views and rows that these steps made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lake_job.spark.jvm import drop_checkpoint
from lake_job.spark.session_tuning import tune_session, tuned_rows
from lake_job.tables.column_types import declared_rows
from lake_job.tables.json_values import json_rows
from lake_job.tables.read_tables import FILE_COLUMN, bytes_to_read, read_table
from lake_job.tables.sql_names import quoted
from lake_job.tables.table_stats import table_stats
from lake_job.write.checks import NO_CHECKS
from lake_job.write.write_output import write_and_audit

if TYPE_CHECKING:
    from typing import Any, Callable, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from lake_job.protocol.job_types import (
        KeepStatement,
        ReadStatement,
        RowsStatement,
        Statement,
        StatsStatement,
        TableStats,
        TextsStatement,
        ViewStatement,
        WriteStatement,
        WrittenFile,
    )

LOST_CHECKPOINT = re.compile("CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND|Checkpoint block .* not found")


class SqlSession:
    """Executes statements, and keeps views and rows in between until it is closed."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark = spark
        self._kept: list[DataFrame] = []
        self._is_closed = False
        self._bytes_to_read = 0
        # A plan that reads a checkpoint twice renames the columns of the second copy, but not in
        # all constraints that the checkpoint took over from its query. Spark then plans with
        # constraints on columns of other rows, or fails. So no checkpoint takes over any.
        spark.conf.set("spark.sql.constraintPropagation.enabled", "false")
        tune_session(spark, self._bytes_to_read)
        self._handlers: Mapping[str, Callable[[Any], object]] = {
            "read": self._read,
            "view": self._view,
            "keep": self._keep,
            "texts": self._texts,
            "stats": self._stats,
            "rows": self._rows,
            "write": self._write,
        }

    def execute(self, statements: Sequence[Statement]) -> list[object] | None:
        """Returns the result of each statement: None for a statement without a result.

        Returns None instead of a list if a machine was lost together with rows kept on it.
        """
        try:
            return [self._execute_one(statement) for statement in statements]
        except Exception as error:
            if LOST_CHECKPOINT.search(str(error)):
                return None
            raise

    def close(self) -> None:
        self._is_closed = True
        for rows in self._kept:
            drop_checkpoint(rows)
        self._kept.clear()

    def _execute_one(self, statement: Statement) -> object:
        if self._is_closed:
            raise RuntimeError("the SQL session is closed")
        handler = self._handlers.get(statement["do"])
        if handler is None:
            raise RuntimeError(f"the job knows no statement {statement['do']!r}")
        return handler(statement)

    def _read(self, statement: ReadStatement) -> None:
        extra_columns = [FILE_COLUMN] if statement["withFile"] else []
        rows = read_table(self.spark, statement["table"], *extra_columns)
        self._bytes_to_read += bytes_to_read(rows)
        tune_session(self.spark, self._bytes_to_read)
        self._name(statement["name"], tuned_rows(rows))

    def _view(self, statement: ViewStatement) -> None:
        self._name(statement["name"], self.spark.sql(statement["sql"]))

    def _keep(self, statement: KeepStatement) -> None:
        rows = self.spark.sql(statement["sql"])
        if statement["columns"] is not None:
            rows = declared_rows(rows, statement["columns"])
        # A checkpoint forgets the plan of its rows. Plans that contain each other's plans would
        # grow without bound.
        kept = rows.localCheckpoint(eager=False)
        self._kept.append(kept)
        self._name(statement["name"], kept)

    def _texts(self, statement: TextsStatement) -> None:
        values = [(value,) for value in statement["values"]]
        self._name(statement["name"], self.spark.createDataFrame(values, "value string"))

    def _stats(self, statement: StatsStatement) -> TableStats:
        return table_stats(self.spark.table(quoted(statement["table"])))

    def _rows(self, statement: RowsStatement) -> list[dict[str, object]]:
        return json_rows(self.spark.sql(statement["sql"]))

    def _write(self, statement: WriteStatement) -> list[WrittenFile]:
        output = statement["output"]
        rows = declared_rows(self.spark.sql(statement["sql"]), output["columns"])
        return write_and_audit(self.spark, rows, output, NO_CHECKS)["files"]

    def _name(self, name: str, rows: DataFrame) -> None:
        rows.createOrReplaceTempView(quoted(name))
