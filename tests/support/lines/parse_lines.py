"""Parses files as the Spark job does, and answers with their rows and rejects.

A request is a line of JSON: {"columns": [...], "unknown_keys", "content": in base64}. The answer is
a line of JSON too: {"rows": [[number, value, ...]], "rejects": [[number, reason, text]], "keys"}. A
value is a text of its type and the value itself, such as "int 5".
"""

import base64
import datetime
import decimal
import json
import pathlib
import struct
import sys

JOB = pathlib.Path(__file__).resolve().parents[3] / "framework" / "engines" / "spark" / "job"
sys.dont_write_bytecode = True
sys.path.insert(0, str(JOB))

from lake_job.lines.parse_line import parse_file  # noqa: E402

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


def described(value):
    return None if value is None else f"{type(value).__name__} {written(value)}"


def written(value):
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(str(described(part)) for part in value) + "]"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        return struct.pack(">d", value).hex()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return str((value - EPOCH) // MICROSECOND)
    return str(value)


def answer(columns, unknown_keys, content):
    rows, rejects, keys, _ = parse_file(base64.b64decode(content), columns, unknown_keys)
    return {
        "rows": [[number, *map(described, values)] for number, *values in rows],
        "rejects": rejects,
        "keys": keys,
    }


for request in sys.stdin:
    print(json.dumps(answer(**json.loads(request))), flush=True)
