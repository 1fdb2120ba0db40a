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


def is_nested(kind: T.DataType) -> bool:
    return isinstance(kind, (T.ArrayType, T.StructType))


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
    """The value with its leaves replaced."""
    if isinstance(kind, T.ArrayType):
        element_type = kind.elementType
        return each(value, lambda element: rebuilt(element, element_type, leaf))
    if isinstance(kind, T.StructType):
        fields = (
            f"'{field.name}', {rebuilt(field_of(value, field.name), field.dataType, leaf)}"
            for field in kind.fields
        )
        return f"CASE WHEN {value} IS NOT NULL THEN named_struct({', '.join(fields)}) END"
    return leaf(value, kind)


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
    return [value]


def part(value: str, kind: ColumnType) -> str:
    return ", ".join([f"{value} IS NULL", *parts_to_hash(value, kind)])
