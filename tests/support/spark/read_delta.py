"""Reads Delta tables with delta-spark, and prints their rows as JSON.

For each URI that it is given: {"columns": [...], "rows": [[...]]}.
"""

import json
import sys

from pyspark.sql import SparkSession, functions

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


print(json.dumps([read(uri) for uri in sys.argv[1:]]))
