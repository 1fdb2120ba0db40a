"""Parses the values of each column type, also of those with parts.

The rules for values without parts are in parse_scalar.py. The rules for the others are those of
framework/ingest/lines/parse-value.ts, and give the same reasons:

- array: an array whose elements have their type, and are null only if they can be.
- struct: an object whose declared keys have their types. Only those that can be null can be
  missing. The last of a repeated key counts, and undeclared keys are ignored, as in a line.
- map: an object whose keys have their type, written as text, and whose values have theirs, and are
  null only if they can be. The last of a repeated key counts. Keys come in their order.

JSON is read where the text of a value is known.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lake_job.values.invalid_value import InvalidValueError
from lake_job.values.parse_json import Number, Source, items, members, value_of
from lake_job.values.parse_scalar import (
    NUMBER,
    SURROGATE,
    TYPE_READERS,
    decimal_reader,
    formatted_reader,
)
from lake_job.values.shown_text import shown

if TYPE_CHECKING:
    from typing import Any

    from lake_job.protocol.job_types import ArrayType, ColumnType, LineFormat, MapType, StructType
    from lake_job.values.invalid_value import ValueReader


def value_reader(column_type: ColumnType, line_format: LineFormat | None = None) -> ValueReader:
    """Returns a function that turns a value of parse_json into the value that Spark takes.

    Spark takes a str, int, float, decimal.Decimal, bool, datetime.date, bytes, or datetime.datetime
    in UTC, a list for an array, a tuple for a struct, and a list of keys and values for a map. The
    function takes no None, and raises InvalidValueError.
    """
    if line_format is not None and line_format["kind"] != "parts":
        return formatted_reader(line_format)
    if column_type["kind"] == "array":
        return array_reader(column_type, line_format)
    if column_type["kind"] == "struct":
        return struct_reader(column_type, line_format)
    if column_type["kind"] == "map":
        return map_reader(column_type, line_format)
    if column_type["kind"] == "decimal":
        return decimal_reader(column_type)
    return TYPE_READERS[column_type["kind"]]


def part_format(line_format: LineFormat | None, at: int) -> LineFormat | None:
    """The format of a part of a nested value, by its position."""
    if line_format is None or line_format["kind"] != "parts":
        return None
    return line_format["parts"][at]


def takes_special_numbers(line_format: LineFormat | None) -> bool:
    """Whether a value can be or have NaN or an infinity."""
    if line_format is None:
        return False
    if line_format["kind"] == "parts":
        return any(map(takes_special_numbers, line_format["parts"]))
    return line_format["kind"] == "special-numbers"


def array_reader(column_type: ArrayType, line_format: LineFormat | None) -> ValueReader:
    nullable = column_type["nullable"]
    read = value_reader(column_type["element"], part_format(line_format, 0))

    def read_array(value: object) -> list[object]:
        if type(value) is list:
            return [
                part_value(element, f"element {at}", nullable, read)
                for at, element in enumerate(value, 1)
            ]
        if type(value) is not Source or not value.startswith("["):
            raise InvalidValueError("expected an array, got {}")
        return [
            part_of(source, f"element {at}", nullable, read)
            for at, source in enumerate(items(value), 1)
        ]

    return read_array


def struct_reader(column_type: StructType, line_format: LineFormat | None) -> ValueReader:
    fields = [
        (
            field["name"],
            field["nullable"],
            value_reader(field["type"], part_format(line_format, at)),
        )
        for at, field in enumerate(column_type["fields"])
    ]

    def read_struct(value: object) -> tuple[object, ...]:
        if type(value) is dict:
            return tuple(
                part_value(value.get(name), name, nullable, read) for name, nullable, read in fields
            )
        if type(value) is not Source or not value.startswith("{"):
            raise InvalidValueError("expected an object, got {}")
        sources = members(value)
        return tuple(
            part_of(sources.get(name), name, nullable, read) for name, nullable, read in fields
        )

    return read_struct


def map_reader(column_type: MapType, line_format: LineFormat | None) -> ValueReader:
    nullable = column_type["nullable"]
    read = value_reader(column_type["value"], part_format(line_format, 1))
    key_kind = column_type["key"]["kind"]
    read_key = value_reader({"kind": key_kind})
    has_numbers = key_kind in ("int", "bigint")

    def key_of(name: str) -> object:
        try:
            return read_key(Number(name) if has_numbers and NUMBER.fullmatch(name) else name)
        except InvalidValueError as problem:
            message = str(problem).format(shown(quoted_text(name)))
            raise InvalidValueError(literally(f"a key: {message}")) from None

    def read_map(value: object) -> list[tuple[object, object]]:
        if type(value) is dict:
            entries = {
                key_of(name): part_value(part, value_named(name), nullable, read)
                for name, part in value.items()
            }
        elif type(value) is Source and value.startswith("{"):
            entries = {
                key_of(name): part_of(part, value_named(name), nullable, read)
                for name, part in members(value).items()
            }
        else:
            raise InvalidValueError("expected an object, got {}")
        # Keys of one map have one type, and no key occurs twice.
        return sorted(entries.items(), key=first)

    return read_map


def first(entry: tuple[object, object]) -> Any:
    return entry[0]


def value_named(name: str) -> str:
    return f"the value of {shown(quoted_text(name))}"


def quoted_text(text: str) -> str:
    """The text as JSON, escaped as JavaScript escapes it."""
    written = json.dumps(text, ensure_ascii=False)
    return SURROGATE.sub(lambda half: f"\\u{ord(half[0]):x}", written)


def part_value(value: object, name: str, nullable: bool, read: ValueReader) -> object:
    """Converts a part of a value that was parsed as a whole."""
    if value is not None:
        return read(value)
    if nullable:
        return None
    raise InvalidValueError(literally(f"{name} is null"))


def part_of(source: str | None, name: str, nullable: bool, read: ValueReader) -> object:
    """Parses a part of a nested value. If it is invalid, the message shows it."""
    if source is None or source == "null":
        if nullable:
            return None
        raise InvalidValueError(literally(f"{name} is {'missing' if source is None else 'null'}"))
    try:
        return read(value_of(source))
    except InvalidValueError as problem:
        message = str(problem).format(shown(source))
        raise InvalidValueError(literally(f"{name}: {message}")) from None


def literally(message: str) -> str:
    """Doubles the braces of the message, so that no value replaces them."""
    return message.replace("{", "{{").replace("}", "}}")
