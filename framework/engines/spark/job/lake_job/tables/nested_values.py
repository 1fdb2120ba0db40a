"""SQL over the parts of nested values.

Fingerprints and zeros are as nested-sql.ts in framework/expression has them for DuckDB.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Callable

from pyspark.sql import types as T

from lake_job.tables.sql_names import quoted

if TYPE_CHECKING:
    from lake_job.protocol.job_types import ColumnType

ELEMENT = re.compile(r"\be([0-9]+)\b")


# The fields of a map's entry. Spark does not compare maps, so that queries see an array of entries
# in the order of their keys; only files hold maps. No declared field has a name with a dot.
KEY = "lake.key"
VALUE = "lake.value"


def map_type(key: T.DataType, value: T.DataType) -> T.ArrayType:
    return T.ArrayType(T.StructType([T.StructField(KEY, key), T.StructField(VALUE, value)]))


def entry_types(kind: T.DataType) -> tuple[T.DataType, T.DataType] | None:
    """The types of the key and the value if an array of this type is a map."""
    entry = kind.elementType if isinstance(kind, T.ArrayType) else None
    if not isinstance(entry, T.StructType) or entry.names != [KEY, VALUE]:
        return None
    key, value = entry.fields
    return key.dataType, value.dataType


def stored_type(kind: T.DataType) -> T.DataType:
    """The type in which files hold values."""
    entry = entry_types(kind)
    if entry is not None:
        key, value = entry
        return T.MapType(key, stored_type(value))
    if isinstance(kind, T.ArrayType):
        return T.ArrayType(stored_type(kind.elementType))
    if isinstance(kind, T.StructType):
        return T.StructType([T.StructField(f.name, stored_type(f.dataType)) for f in kind.fields])
    return kind


def has_map(kind: T.DataType) -> bool:
    return stored_type(kind) != kind


def from_stored(value: str, kind: T.DataType) -> str:
    """Turns a value as files hold it into a value of the type."""
    if not has_map(kind):
        return value
    entry_type = entry_types(kind)
    if entry_type is not None:
        part = entry_type[1]
        entries = each(
            f"map_entries({value})",
            lambda entry: entry_of(f"{entry}.key", from_stored(f"{entry}.value", part)),
        )
        return f"CAST({entries} AS {sql_type(kind)})"
    return with_parts(value, kind, from_stored)


def to_stored(value: str, kind: T.DataType) -> str:
    """Turns a value of the type into the value that files hold."""
    if not has_map(kind):
        return value
    entry_type = entry_types(kind)
    if entry_type is not None:
        part = entry_type[1]
        entries = each(
            value,
            lambda entry: entry_of(field_of(entry, KEY), to_stored(field_of(entry, VALUE), part)),
        )
        return f"map_from_entries({entries})"
    return with_parts(value, kind, to_stored)


def entry_of(key: str, value: str) -> str:
    return f"named_struct('{KEY}', {key}, '{VALUE}', {value})"


def sql_type(kind: T.DataType) -> str:
    if isinstance(kind, T.ArrayType):
        return f"ARRAY<{sql_type(kind.elementType)}>"
    if isinstance(kind, T.StructType):
        fields = (f"{quoted(field.name)}: {sql_type(field.dataType)}" for field in kind.fields)
        return f"STRUCT<{', '.join(fields)}>"
    return kind.simpleString()


def each(array: str, body: Callable[[str], str]) -> str:
    """An array of what `body` gives for each element; null if the array is null."""
    used = [int(number) for number in ELEMENT.findall(array)]
    element = f"e{max(used, default=-1) + 1}"
    return f"transform({array}, {element} -> {body(element)})"


def rebuilt(value: str, kind: T.DataType, leaf: Callable[[str, T.DataType], str]) -> str:
    """Replaces the leaves of the value."""
    if isinstance(kind, (T.ArrayType, T.StructType)):
        return with_parts(value, kind, lambda part, part_type: rebuilt(part, part_type, leaf))
    return leaf(value, kind)


def with_parts(value: str, kind: T.DataType, replace: Callable[[str, T.DataType], str]) -> str:
    """The value, with its parts replaced if it is an array or a struct."""
    if isinstance(kind, T.ArrayType):
        element_type = kind.elementType
        return each(value, lambda element: replace(element, element_type))
    if not isinstance(kind, T.StructType):
        return value
    fields = (
        f"'{field.name}', {replace(field_of(value, field.name), field.dataType)}"
        for field in kind.fields
    )
    return f"CASE WHEN {value} IS NOT NULL THEN named_struct({', '.join(fields)}) END"


def has_leaf(kind: T.DataType, leaf: type[T.DataType]) -> bool:
    if isinstance(kind, T.ArrayType):
        return has_leaf(kind.elementType, leaf)
    if isinstance(kind, T.StructType):
        return any(has_leaf(field.dataType, leaf) for field in kind.fields)
    return isinstance(kind, leaf)


def field_of(struct: str, name: str) -> str:
    return f"{struct}.{quoted(name)}"


def parts_to_hash(value: str, kind: ColumnType) -> list[str]:
    """What to hash of a value so that different values have different hashes.

    Spark leaves null out of a hash, and hashes an array as it hashes its leaves.
    """
    if kind["kind"] == "array":
        element_type = kind["element"]
        size = f"CASE WHEN {value} IS NULL THEN -1 ELSE size({value}) END"
        return [size, each(value, lambda element: f"xxhash64({part(element, element_type)})")]
    if kind["kind"] == "struct":
        fields = [part(field_of(value, field["name"]), field["type"]) for field in kind["fields"]]
        return [f"{value} IS NULL", *fields]
    if kind["kind"] == "map":
        value_type = kind["value"]
        size = f"CASE WHEN {value} IS NULL THEN -1 ELSE size({value}) END"
        return [
            size,
            each(
                value,
                lambda entry: (
                    f"xxhash64({field_of(entry, KEY)}, {part(field_of(entry, VALUE), value_type)})"
                ),
            ),
        ]
    return [value]


def part(value: str, kind: ColumnType) -> str:
    return ", ".join([f"{value} IS NULL", *parts_to_hash(value, kind)])
