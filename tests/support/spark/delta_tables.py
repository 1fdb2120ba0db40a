"""Reads and changes Delta tables with delta-spark, on a Spark that does not know it otherwise.

A request is {"read": URI} or {"sql": STATEMENT}. The answer to a request
for rows is {"columns": ["x"], "rows": [[...]]}, with timestamps as microseconds since 1970.
"""

from pyspark.sql import SparkSession, functions

from lake_job.spark.jvm import java_class, session_class

SETTINGS = {
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Without this setting, fifty tasks read the log of each table.
    "spark.databricks.delta.snapshotPartitions": "1",
}


def delta_spark(spark):
    """A session like the first one, with the parser and the rules of delta-spark.

    Spark takes no rules into a session that it has, and makes no other one before that is taken
    from it. So no other thread may use Spark yet.
    """
    first = spark._jsparkSession
    sessions = session_class(spark)
    sessions.clearActiveSession()
    sessions.clearDefaultSession()
    rules = java_class(spark, "io.delta.sql.DeltaSparkSessionExtension")()
    extended = sessions.builder().withExtensions(rules).getOrCreate()
    sessions.setDefaultSession(first)
    sessions.setActiveSession(first)
    return SparkSession(spark.sparkContext, extended)


def new_delta_session(delta, settings):
    session = delta.newSession()
    for name, value in {**SETTINGS, **settings}.items():
        session.conf.set(name, value)
    session_class(session).setActiveSession(session._jsparkSession)
    return session


def answer_of_delta(session, request):
    return read(session, request["read"]) if "read" in request else run(session, request["sql"])


def read(session, uri):
    table = session.read.format("delta").load(uri)
    plain = [
        functions.unix_micros(name).alias(name) if kind == "timestamp" else functions.col(name)
        for name, kind in table.dtypes
    ]
    return {"columns": table.columns, "rows": [list(row) for row in table.select(plain).collect()]}


def run(session, statement):
    rows = session.sql(statement)
    # The answer of a command is of no use here, and is not always JSON.
    is_query = statement.lstrip().upper().startswith("SELECT")
    return (
        {"columns": rows.columns, "rows": [list(row) for row in rows.collect()]} if is_query else {}
    )
