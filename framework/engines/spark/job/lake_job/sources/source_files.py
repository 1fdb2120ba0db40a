"""Reads a source's files, and says what their lines are: rows, rejects or blank."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from lake_job.lines.parse_line import parse_file
from lake_job.values.parse_json import value_of
from lake_job.values.parse_value import value_reader

if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator

    from lake_job.lines.parse_line import ParsedFile
    from lake_job.protocol.job_types import ColumnType, Ingest


class SourceFile(NamedTuple):
    path: str
    group: int
    size: int
    parsed: ParsedFile


class RecordKind:
    ROW = 0
    REJECT = 1
    FILE = 2


# The number of rejects of a compressed file, which is not read.
COMPRESSED = -1


class SourceFiles:
    """The files that a spec lists. A file belongs to the group that it is written with."""

    def __init__(self, spec: Ingest) -> None:
        self._root = spec["root"]
        self._columns = spec["line"]
        self._unknown_keys = spec["unknownKeys"]
        self._path_types = [column["type"] for column in spec["fromPath"]]
        self._listed = {file["path"]: file for group in spec["groups"] for file in group}
        self._group_of = {
            file["path"]: at for at, group in enumerate(spec["groups"]) for file in group
        }

    def uris(self) -> list[str]:
        return [self._root + path for path in self._group_of]

    def path_of(self, uri: str) -> str:
        return path_below(self._root, uri)

    def named_in(self, message: str) -> list[str]:
        """The files that an error's message names. If it names none, the first file."""
        return [path for path in self._group_of if path in message] or list(self._group_of)[:1]

    def parse(self, uri: str, content: bytes) -> SourceFile:
        path = self.path_of(uri)
        listed = self._listed[path]
        parsed = parse_file(content, self._columns, self._unknown_keys, listed["refused"])
        if self._path_types:
            values = tuple(map(path_value, self._path_types, listed["values"]))
            parsed = parsed._replace(rows=[(*row, *values) for row in parsed.rows])
        return SourceFile(path, self._group_of[path], len(content), parsed)

    def records(self, files: Iterable[tuple[str, bytearray]]) -> Iterator[tuple[Any, ...]]:
        """Gives one record for each file, row and reject, with the fields of `record_schema`."""
        no_values = (None,) * (len(self._columns) + len(self._path_types))
        no_counts = (None,) * 4
        no_reject = (None,) * 2
        for uri, content in files:
            file = self.parse(uri, bytes(content))
            rows, rejects, keys, is_compressed = file.parsed
            place = (file.group, file.path)
            rejected = COMPRESSED if is_compressed else len(rejects)
            counts = (file.size, len(rows), rejected, json.dumps(keys))
            yield (RecordKind.FILE, *place, None, *counts, *no_reject, *no_values)
            for line, *values in rows:
                yield (RecordKind.ROW, *place, line, *no_counts, *no_reject, *values)
            for line, reason, text in rejects:
                yield (RecordKind.REJECT, *place, line, *no_counts, reason, text, *no_values)


def path_value(column_type: ColumnType, source: str) -> object:
    """The value of a path column, whose JSON has been checked."""
    value = value_of(source)
    if value is None:
        return None
    if column_type["kind"] == "double" and type(value) is str:
        return float(value)
    return value_reader(column_type)(value)


def path_below(root: str, uri: str) -> str:
    """Compares without schemes, because Hadoop may write `file:/x` for `file:///x`."""
    path, base = (text.split(":", 1)[-1].lstrip("/") for text in (uri, root))
    if not path.startswith(base):
        raise RuntimeError(f"{uri} is not below {root}")
    return path[len(base) :]
