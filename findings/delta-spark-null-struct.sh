#!/bin/sh
# delta-spark 3.3.3 with pyspark 3.5.9 (Java 17): INSERT into a Delta table turns a null struct into
# a struct of nulls if the type of a field differs from the type in the table, or if only one of the
# two can be null. So `a IS NULL` is false for the row. A table of plain Parquet keeps the null, and
# so does a Delta table if the inserted value has exactly its type. delta-spark 4.4.0 keeps all of
# them.
# Seen:
#   delta, literals: a IS NULL is false
#   delta, exactly its type: a IS NULL is true
#   parquet, literals: a IS NULL is true
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check pyspark==3.5.9 delta-spark==3.3.3
cat > "$work/seen.py" <<'PY'
import sys

from delta import configure_spark_with_delta_pip
from pyspark.sql import SparkSession

builder = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.jars.ivy", sys.argv[1])
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
)
spark = configure_spark_with_delta_pip(builder).getOrCreate()
LITERALS = "VALUES (1, named_struct('x', 1)), (2, NULL)"
EXACT = "SELECT 2, CAST(NULL AS STRUCT<x: BIGINT>)"
seen = {}
for format, name, rows in (("delta", "literals", LITERALS), ("delta", "exactly its type", EXACT), ("parquet", "literals", LITERALS)):
    table = f"{format}_{name.replace(' ', '_')}"
    spark.sql(f"CREATE TABLE {table} (id INT, a STRUCT<x: BIGINT>) USING {format}")
    spark.sql(f"INSERT INTO {table} {rows}")
    [[is_null]] = spark.sql(f"SELECT a IS NULL FROM {table} WHERE id = 2").collect()
    seen[f"{format}, {name}"] = is_null
    print(f"{format}, {name}: a IS NULL is {str(is_null).lower()}")
assert seen == {"delta, literals": False, "delta, exactly its type": True, "parquet, literals": True}
PY
cd "$work"
"$work/python/bin/python" seen.py "$work/ivy" 2>"$work/log" || { tail -5 "$work/log"; exit 1; }
