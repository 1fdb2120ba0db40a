"""Answers SQL and runs drivers on one Spark, for the connections to a socket, until its input ends.

Its argument is the path of the socket. It prints a line when it takes connections. The first line
of a connection is JSON. {"job": [...], "hadoop": {...}} runs the job's program with these
arguments in a thread, after it has set these settings of Hadoop for all threads. The answer is {}
when the program has ended. {"session": {...}} opens a session with these settings. Each other line
is JSON: {"sql": "..."}. Each line of the output is the answer:
{"types": {"x": "bigint"}, "rows": [[...]]} or {"error": "..."}. {"delta": {...}} opens a session
of delta-spark, whose requests and answers delta_tables.py describes.

Values of bigint, decimal, double, date and timestamp are text: a double is its eight bytes in
hexadecimal without the sign of a zero, bytes are hexadecimal, a date days and a timestamp
microseconds since 1970.
"""

import json
import os
import socketserver
import struct
import sys
import threading

# The JVM prints to the standard output that it inherits, so this line uses a descriptor of its own.
output = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

from delta_tables import answer_of_delta, delta_spark, new_delta_session  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql.types import (  # noqa: E402
    ArrayType,
    BinaryType,
    DateType,
    DecimalType,
    IntegerType,
    StructType,
    TimestampType,
)

import main  # noqa: E402
from lake_job.driver.step_runner import new_session  # noqa: E402
from lake_job.spark.jvm import hadoop_conf_of  # noqa: E402

AS_TEXT = {"date": "unix_date", "timestamp": "unix_micros", "binary": "hex"}


def readable(column, kind):
    """The value of a column as SQL. Python would write a small decimal with an exponent.

    All columns of a result are one question to Java.
    """
    if isinstance(kind, (ArrayType, StructType)):
        return nested(column, kind)
    kind = kind.simpleString()
    if kind.startswith("decimal"):
        return f"CAST({column} AS STRING)"
    return f"{AS_TEXT[kind]}({column})" if kind in AS_TEXT else column


def nested(value, kind, depth=0):
    """Turns the dates and timestamps in a value into days and microseconds."""
    if isinstance(kind, ArrayType):
        part = nested(f"e{depth}", kind.elementType, depth + 1)
        return f"transform({value}, e{depth} -> {part})"
    if isinstance(kind, StructType):
        fields = [
            f"'{field.name}', {nested(f'{value}.`{field.name}`', field.dataType, depth)}"
            for field in kind.fields
        ]
        return f"CASE WHEN {value} IS NOT NULL THEN named_struct({', '.join(fields)}) END"
    if isinstance(kind, TimestampType):
        return f"unix_micros({value})"
    if isinstance(kind, DateType):
        return f"unix_date({value})"
    if isinstance(kind, BinaryType):
        return f"hex({value})"
    return f"CAST({value} AS STRING)" if isinstance(kind, DecimalType) else value


def part(value, kind):
    """A part of a nested value, with all ints as doubles."""
    if value is None:
        return None
    if isinstance(kind, ArrayType):
        return [part(one, kind.elementType) for one in value]
    if isinstance(kind, StructType):
        return [part(one, field.dataType) for one, field in zip(value, kind.fields)]
    return plain(float(value) if isinstance(kind, IntegerType) else value)


def cell(value, kind):
    if value is None or not isinstance(kind, (ArrayType, StructType)):
        return plain(value)
    return json.dumps(part(value, kind), ensure_ascii=False, separators=(",", ":"))


def plain(value):
    if isinstance(value, float):
        return "NaN" if value != value else struct.pack(">d", value + 0.0).hex()
    if value is None or isinstance(value, (bool, str)):
        return value
    return str(value)


def answer(spark, request):
    sql = request["sql"]
    if sql.lstrip().upper().startswith("CREATE"):
        spark.sql(sql)
        return {"types": {}, "rows": []}
    result = spark.sql(sql)
    types = [(field.name, field.dataType) for field in result.schema]
    cells = result.toDF(*[f"c{place}" for place in range(len(types))]).selectExpr(
        *[readable(f"c{place}", kind) for place, (_, kind) in enumerate(types)]
    )
    return {
        "types": {name: kind.simpleString() for name, kind in types},
        "rows": [
            [cell(value, kind) for value, (_, kind) in zip(row, types)] for row in cells.collect()
        ],
    }


def run_job(arguments, hadoop):
    for name, value in hadoop.items():
        hadoop_conf_of(spark).set(name, value)
    main.main(arguments)
    return {}


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        use = json.loads(self.rfile.readline())
        if "job" in use:
            self.answer_with(run_job, use["job"], use.get("hadoop", {}))
            return
        if "delta" in use:
            session, act = new_delta_session(delta, use["delta"]), answer_of_delta
        else:
            session, act = new_session(spark, use["session"]), answer
        for line in self.rfile:
            self.answer_with(act, session, json.loads(line))

    def answer_with(self, act, *given):
        try:
            answered = act(*given)
        except Exception as error:  # The answer is the message of Spark.
            answered = {"error": str(error)}
        self.wfile.write((json.dumps(answered) + "\n").encode())


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("OFF")
delta = delta_spark(spark)
with Server(sys.argv[1], Connection) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", file=output, flush=True)
    sys.stdin.read()
    server.shutdown()
spark.stop()
