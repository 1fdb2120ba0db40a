"""Reads and changes Delta tables with delta-spark until its input ends.

Each line of the input is JSON: {"read": URI}, {"delete": URI, "where": CONDITION}, which marks the
rows in deletion vectors, or {"sql": STATEMENT}. Each line of the output is the answer:
{"columns": ["x"], "rows": [[...]]}, with timestamps as microseconds since 1970, {} or
{"error": "..."}.
"""

import json
import os
import sys

# The JVM prints to the standard output that it inherits, so answers go to one of their own.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

from pyspark.sql import SparkSession, functions  # noqa: E402

spark = (
    SparkSession.builder.config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    # Else fifty tasks read the log of each table.
    .config("spark.databricks.delta.snapshotPartitions", "1")
    .getOrCreate()
)


def read(uri):
    table = spark.read.format("delta").load(uri)
    plain = [
        functions.unix_micros(name).alias(name) if kind == "timestamp" else functions.col(name)
        for name, kind in table.dtypes
    ]
    return {"columns": table.columns, "rows": [list(row) for row in table.select(plain).collect()]}


def delete(uri, condition):
    properties = "'delta.enableDeletionVectors' = 'true'"
    spark.sql(f"ALTER TABLE delta.`{uri}` SET TBLPROPERTIES ({properties})")
    spark.sql(f"DELETE FROM delta.`{uri}` WHERE {condition}")
    return {}


def run(statement):
    rows = spark.sql(statement)
    # What a command answers is of no use here, and not always JSON.
    is_query = statement.lstrip().upper().startswith("SELECT")
    return (
        {"columns": rows.columns, "rows": [list(row) for row in rows.collect()]} if is_query else {}
    )


def answer(request):
    if "sql" in request:
        return run(request["sql"])
    if "read" in request:
        return read(request["read"])
    return delete(request["delete"], request["where"])


for line in sys.stdin:
    try:
        given = answer(json.loads(line))
    except Exception as error:  # What Spark says of the request is the answer to it.
        given = {"error": str(error)}
    answers.write(json.dumps(given) + "\n")
    answers.flush()
spark.stop()
