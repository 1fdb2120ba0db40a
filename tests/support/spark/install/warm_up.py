"""Loads the classes that a job of the engine needs, so that the class-data archive has them."""

import contextlib
import tempfile

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
rows = spark.sql(
    "SELECT id, id % 3 AS part, CAST(id AS STRING) AS words, md5(CAST(id AS STRING)) AS hash, "
    "timestamp_millis(id) AS at, CAST(id AS DECIMAL(10, 2)) AS money FROM range(20)"
)
with tempfile.TemporaryDirectory() as directory:
    rows.write.partitionBy("part").parquet(f"{directory}/rows")
    spark.read.parquet(f"{directory}/rows").createOrReplaceTempView("stored")
    spark.sql(
        "SELECT a.part, count(*), sum(a.id), max_by(a.words, a.id), count(DISTINCT a.hash) "
        "FROM stored a JOIN stored b ON a.id = b.id LEFT ANTI JOIN stored c ON a.id = c.id + 30 "
        "WHERE a.words RLIKE '[0-9]' GROUP BY a.part ORDER BY a.part NULLS LAST"
    ).write.parquet(f"{directory}/sums")
    spark.sql(
        "SELECT *, row_number() OVER (PARTITION BY part ORDER BY at DESC NULLS LAST) AS place "
        "FROM stored"
    ).collect()

# Nothing answers at this address. The attempt alone loads the classes of S3A.
java = spark.sparkContext._jvm
hadoop = spark.sparkContext._jsc.hadoopConfiguration()
for name, value in {
    "endpoint": "http://127.0.0.1:1",
    "endpoint.region": "us-east-1",
    "access.key": "none",
    "secret.key": "none",
    "path.style.access": "true",
    "attempts.maximum": "0",
    "retry.limit": "0",
    "bucket.probe": "0",
}.items():
    hadoop.set(f"fs.s3a.{name}", value)
with contextlib.suppress(Py4JJavaError):
    place = java.org.apache.hadoop.fs.Path("s3a://nothing/at-all")
    place.getFileSystem(hadoop).exists(place)
spark.stop()
