"""Calls Spark's Java side where PySpark has no API. Its types are not known to Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def java_class(spark: SparkSession, name: str) -> Any:
    """The class of this full name.

    Python asks Java about each part of `jvm.org.apache`, and Java looks for a class `org` in every
    jar before it answers that this is a package. A full name takes one request.
    """
    return getattr(cast("Any", spark.sparkContext)._jvm, name)


def gateway_of(spark: SparkSession) -> Any:
    return cast("Any", spark.sparkContext)._gateway


def hadoop_conf_of(spark: SparkSession) -> Any:
    return cast("Any", spark.sparkContext)._jsc.hadoopConfiguration()


def size_in_bytes(rows: DataFrame) -> int:
    """The optimizer's estimate of the rows' size: that of their files, if files are read."""
    plan = cast("Any", rows)._jdf.queryExecution().optimizedPlan()
    return int(plan.stats().sizeInBytes())


def drop_checkpoint(rows: DataFrame) -> None:
    """Frees the blocks of a local checkpoint, and does not wait for it."""
    cast("Any", rows)._jdf.queryExecution().logical().rdd().unpersist(False)


def activate_session(session: SparkSession) -> None:
    """Makes the session the active one of this thread.

    Spark casts by the settings of the thread's active session, even in rows of another session.
    Without ANSI, an overflow would wrap around.
    """
    session_class(session).setActiveSession(cast("Any", session)._jsparkSession)
    conf = java_class(session, "org.apache.spark.sql.internal.SQLConf").get()
    if conf.getConfString("spark.sql.ansi.enabled") != "true":
        raise RuntimeError("the session's settings do not hold in this thread")


def session_class(session: SparkSession) -> Any:
    """Spark 4 has two classes of this name, and a method that finds the one to use."""
    find_class = getattr(type(session), "_get_j_spark_session_class", None)
    if find_class is None:
        return java_class(session, "org.apache.spark.sql.SparkSession")
    return find_class(cast("Any", session.sparkContext)._jvm)
