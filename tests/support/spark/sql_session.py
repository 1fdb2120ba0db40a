"""Answers SQL on one Spark session until its input ends.

Its one argument is JSON: the settings of the session. Each line of the input is JSON:
{"sql": "..."}. Each line of the output is the answer: {"types": {"x": "bigint"}, "rows": [[...]]}
or {"error": "..."}.

Values of bigint, decimal, double, date and timestamp are text: a double is its eight bytes in
hexadecimal without the sign of a zero, a date days and a timestamp microseconds since 1970.
"""

import json
import os
import struct
import sys

# The JVM prints to the standard output that it inherits, so answers go to one of their own.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

from pyspark.sql import SparkSession, functions  # noqa: E402

AS_TEXT = {"date": functions.unix_date, "timestamp": functions.unix_micros}


def readable(column, kind):
    """Python would write a small decimal with an exponent."""
    if kind.startswith("decimal"):
        return functions.col(column).cast("string")
    return AS_TEXT[kind](column) if kind in AS_TEXT else functions.col(column)


def plain(value):
    if isinstance(value, float):
        return "NaN" if value != value else struct.pack(">d", value + 0.0).hex()
    if value is None or isinstance(value, (bool, str)):
        return value
    return str(value)


def answer(spark, sql):
    if sql.lstrip().upper().startswith("CREATE"):
        spark.sql(sql)
        return {"types": {}, "rows": []}
    result = spark.sql(sql)
    types = [(field.name, field.dataType.simpleString()) for field in result.schema]
    cells = result.toDF(*[f"c{place}" for place in range(len(types))]).select(
        [readable(f"c{place}", kind) for place, (_, kind) in enumerate(types)]
    )
    return {
        "types": dict(types),
        "rows": [[plain(value) for value in row] for row in cells.collect()],
    }


builder = SparkSession.builder
for name, value in json.loads(sys.argv[1]).items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("OFF")
for line in sys.stdin:
    try:
        given = answer(spark, json.loads(line)["sql"])
    except Exception as error:  # What Spark says of the statement is the answer to it.
        given = {"error": str(error)}
    answers.write(json.dumps(given) + "\n")
    answers.flush()
spark.stop()
