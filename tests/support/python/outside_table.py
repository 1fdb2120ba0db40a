"""Writes and changes a Delta table of plays with deltalake, and reads it.

Each line of the input is JSON: {"table": PATH, "change": NAME}. Each line of the output is the
answer: the rows of the table after the change as lists of texts, with microseconds since 1970.
"""

import datetime
import decimal
import json
import os
import sys

import pyarrow
from deltalake import DeltaTable, write_deltalake

SCHEMA = pyarrow.schema(
    [
        ("id", pyarrow.int64()),
        ("title", pyarrow.string()),
        ("played_at", pyarrow.timestamp("us", "UTC")),
        ("price", pyarrow.decimal128(9, 2)),
        ("place", pyarrow.struct([("city", pyarrow.string())])),
        ("day", pyarrow.date32()),
        ("cover", pyarrow.binary()),
    ]
)
START = datetime.datetime(2018, 11, 15, 0, 30, 26, 796123, tzinfo=datetime.timezone.utc)


def plays(first, number):
    ids = range(first, first + number)
    columns = {
        "id": ids,
        "title": [None if n % 5 == 0 else f"Title {n % 7}" for n in ids],
        "played_at": [START + datetime.timedelta(seconds=n) for n in ids],
        "price": [decimal.Decimal(n).scaleb(-1).quantize(decimal.Decimal("0.01")) for n in ids],
        "place": [None if n % 3 == 0 else {"city": f"a=b %/{n}"} for n in ids],
        "day": [None if n % 4 == 0 else datetime.date(2018, 11, n % 3 + 1) for n in ids],
        "cover": [None if n % 6 == 0 else bytes([n * 37 % 256, 255]) for n in ids],
    }
    return pyarrow.table({name: list(values) for name, values in columns.items()}, SCHEMA)


def merge(path):
    (
        DeltaTable(path)
        .merge(plays(25, 20), "t.id = s.id", source_alias="s", target_alias="t")
        .when_matched_update_all("s.id % 2 = 0")
        .when_matched_delete("s.id % 7 = 0")
        .when_not_matched_insert_all()
        .execute()
    )


CHANGES = {
    "create": lambda path: write_deltalake(path, plays(0, 30)),
    "create partitioned": lambda path: write_deltalake(
        path, plays(0, 30), partition_by=["day", "title"]
    ),
    "create anew": lambda path: write_deltalake(path, plays(0, 3)),
    "append": lambda path: write_deltalake(path, plays(100, 10), mode="append"),
    "append more": lambda path: write_deltalake(path, plays(200, 10), mode="append"),
    "overwrite": lambda path: write_deltalake(path, plays(500, 12), mode="overwrite"),
    "delete": lambda path: DeltaTable(path).delete("id % 10 = 3"),
    "delete all": lambda path: DeltaTable(path).delete(),
    "update": lambda path: DeltaTable(path).update({"title": "'changed'"}, predicate="id < 12"),
    "merge": merge,
    "compact": lambda path: DeltaTable(path).optimize.compact(),
    "checkpoint": lambda path: DeltaTable(path).create_checkpoint(),
    "describe": lambda path: DeltaTable(path).alter.set_table_description("All plays"),
    "vacuum": lambda path: DeltaTable(path).vacuum(
        retention_hours=0, dry_run=False, enforce_retention_duration=False
    ),
}


def text(value):
    if value is None:
        return None
    if isinstance(value, datetime.datetime):
        return str(
            (value - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc))
            // datetime.timedelta(microseconds=1)
        )
    return str(value)


def rows(path):
    table = DeltaTable(path).to_pyarrow_table()
    for row in table.to_pylist():
        place = row["place"] and row["place"]["city"]
        cover = row["cover"] and row["cover"].hex().upper()
        values = [row["id"], row["title"], row["played_at"], row["price"], place, row["day"], cover]
        yield [text(value) for value in values]


for line in sys.stdin:
    request = json.loads(line)
    CHANGES[request["change"]](request["table"])
    print(json.dumps(list(rows(request["table"]))), flush=True)
# At the end of the process, threads of deltalake can abort it.
os._exit(0)
