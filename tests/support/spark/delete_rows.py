"""Deletes rows of a Delta table with delta-spark, which marks them in deletion vectors.

usage: delete_rows.py URI CONDITION
"""

import sys

from pyspark.sql import SparkSession

spark = (
    SparkSession.builder.config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.databricks.delta.snapshotPartitions", "1")
    .getOrCreate()
)

uri, condition = sys.argv[1:]
spark.sql(f"ALTER TABLE delta.`{uri}` SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
spark.sql(f"DELETE FROM delta.`{uri}` WHERE {condition}")
