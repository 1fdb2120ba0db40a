"""Tunes a Spark session to how much a step reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from typing import Mapping

    from pyspark.sql import DataFrame, SparkSession

# An input of fewer bytes is small, unless the setting spark.lake.smallInputBytes says otherwise.
SMALL_INPUT_BYTES = 32 * 1024 * 1024

IS_SMALL_INPUT = "spark.lake.isSmallInput"

# If the input is small, compiling a query, planning it anew between its stages and spreading it
# over tasks cost more than they save.
SMALL_INPUT_CONF = {
    IS_SMALL_INPUT: "true",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
}


def tune_session(session: SparkSession, input_bytes: int) -> None:
    limit = session.conf.get("spark.lake.smallInputBytes", str(SMALL_INPUT_BYTES))
    conf: Mapping[str, str | None]
    if input_bytes < int(cast("str", limit)):
        conf = SMALL_INPUT_CONF
    else:
        conf = large_input_conf(dict(session.sparkContext.getConf().getAll()))
    for name, value in conf.items():
        if value is None:
            session.conf.unset(name)
        else:
            session.conf.set(name, value)


def large_input_conf(configured: Mapping[str, str]) -> dict[str, str | None]:
    """Undoes SMALL_INPUT_CONF. None unsets a setting.

    A setting that the cluster or the profile gives has to be set again. If it were only unset,
    Spark's default would apply.
    """
    return {name: configured.get(name) for name in SMALL_INPUT_CONF}


def is_small_input(session: SparkSession) -> bool:
    return session.conf.get(IS_SMALL_INPUT, "false") == "true"


def tuned_rows(rows: DataFrame) -> DataFrame:
    """Puts a small input into one task, so that it is never shuffled."""
    return rows.coalesce(1) if is_small_input(rows.sparkSession) else rows
