#!/bin/sh
# pyspark 4.1.4 (Java 17): slice(array, start, length) gives an empty array if the end of the slice, start - 1 + length, is above 2147483647. A
# length of 2147483647, which asks for all of the rest, works only from the first element. Spark 3.5.9 gives [2, 3] for all three.
# Seen:
#   slice(array(1, 2, 3), 2, 2147483646) is [2, 3]
#   slice(array(1, 2, 3), 2, 2147483647) is []
#   slice(array(1, 2, 3), -2, 2147483647) is []
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet pyspark==4.1.4
cat > "$work/seen.py" <<'PY'
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
seen = {}
for call in ("2, 2147483646", "2, 2147483647", "-2, 2147483647"):
    sliced = f"slice(array(1, 2, 3), {call})"
    [[seen[call]]] = spark.sql(f"SELECT {sliced}").collect()
    print(f"{sliced} is {seen[call]}")
assert list(seen.values()) == [[2, 3], [], []]
PY
cd "$work"
"$work/python/bin/python" seen.py 2>/dev/null
