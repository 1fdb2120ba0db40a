"""Judges files by the rules of the Spark job. A request a line: {"columns": [...], "content": in base64}. The answer is a line too:
{"rows": [[number, value, ...]], "rejects": [[number, reason, text]]}, with values as their type and what they are: "int 5".
"""

import base64
import datetime
import decimal
import json
import pathlib
import struct
import sys

JOB = pathlib.Path(__file__).resolve().parents[2] / "framework" / "engines" / "spark" / "job"
sys.dont_write_bytecode = True
sys.path.insert(0, str(JOB))

from line_rules import file_lines

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


def plain(value):
    return None if value is None else f"{type(value).__name__} {written(value)}"


def written(value):
    if isinstance(value, float):
        return struct.pack(">d", value).hex()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return str((value - EPOCH) // MICROSECOND)
    return str(value)


def judged(columns, content):
    rows, rejects = file_lines(base64.b64decode(content), columns)
    return {"rows": [[number, *map(plain, values)] for number, *values in rows], "rejects": rejects}


for request in sys.stdin:
    print(json.dumps(judged(**json.loads(request))), flush=True)
