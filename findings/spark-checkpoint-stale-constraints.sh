#!/bin/sh
# pyspark 4.1.4 (Java 17; 3.5.9 behaves alike): a checkpoint takes over what the optimizer knows of its query, such as isnotnull(x). Where a plan
# reads the checkpoint twice, Spark gives the second copy new column ids, but not in constraints on a column whose qualifier has changed, here from
# the alias `t` to the view `source`. They keep the ids of the first copy. If both copies are united and grouped, planning fails: "key not found".
# It works without the alias, and with spark.sql.constraintPropagation.enabled=false.
# Seen:
#   alias t, constraints on: fails, key not found
#   alias source, constraints on: 1 row
#   alias t, constraints off: 1 row
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check pyspark==4.1.4
cat > "$work/seen.py" <<'PY'
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()


def checkpoint(name, query):
    rows = spark.sql(query).localCheckpoint()
    rows.createOrReplaceTempView(name)
    return rows


def distinct_groups(alias, constraints):
    spark.conf.set("spark.sql.constraintPropagation.enabled", "true" if constraints == "on" else "false")
    checkpoint("source", f"SELECT * FROM VALUES (1, 2), (1, 4), (2, 1) AS {alias}(x, y)")
    checkpoint("largest", "SELECT x, max(y) AS y FROM source GROUP BY x HAVING max(y) > 2")
    twice = "SELECT * FROM largest UNION ALL SELECT * FROM largest"
    try:
        return f"{checkpoint('again', f'SELECT x, y FROM ({twice}) GROUP BY x, y').count()} row"
    except Py4JJavaError as error:
        assert "NoSuchElementException: key not found: x#" in str(error)
        return "fails, key not found"


seen = []
for alias, constraints in (("t", "on"), ("source", "on"), ("t", "off")):
    seen.append(distinct_groups(alias, constraints))
    print(f"alias {alias}, constraints {constraints}: {seen[-1]}")
assert seen == ["fails, key not found", "1 row", "1 row"]
PY
cd "$work"
"$work/python/bin/python" seen.py 2>/dev/null
