"""Checks what a column requires of its values besides their type.

The rules are those of framework/ingest/lines/value-refinements.ts, and give the same reasons.
"""

from __future__ import annotations

import datetime
import math
import operator
import re
from typing import TYPE_CHECKING, Any, Callable, Tuple

from lake_job.values.invalid_value import InvalidValueError
from lake_job.values.parse_value import value_reader
from lake_job.values.pattern_search import Search

if TYPE_CHECKING:
    from typing import Sequence

    from lake_job.protocol.job_types import (
        BoundRefinement,
        LengthRefinement,
        LineColumn,
        LineRefinement,
        MultipleOfRefinement,
        OneOfRefinement,
        PatternRefinement,
    )
    from lake_job.values.invalid_value import ValueReader

Predicate = Callable[[Any], bool]
# A predicate, and the reason of a value for which it is false.
Rule = Tuple[Predicate, str]

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


def column_reader(column: LineColumn) -> ValueReader:
    """Like value_reader. It also raises InvalidValueError if a value violates a refinement."""
    read = value_reader(column["type"], column["format"])
    rules = [rule_of(refinement) for refinement in column["refinements"]]
    return refined(read, rules) if rules else read


def refined(read: ValueReader, rules: Sequence[Rule]) -> ValueReader:
    def read_refined(value: object) -> object:
        result = read(value)
        for holds, reason in rules:
            if not holds(result):
                raise InvalidValueError(reason)
        return result

    return read_refined


def rule_of(refinement: LineRefinement) -> Rule:
    # The value takes the place of braces in a reason, so braces of the expectation are doubled.
    expected = refinement["expected"].replace("{", "{{").replace("}", "}}")
    return PREDICATES[refinement["kind"]](refinement), f"expected {expected}, got {{}}"


def bound(refinement: BoundRefinement) -> Predicate:
    compare = COMPARISONS[refinement["operator"]]
    limit = number_of(refinement["value"])
    return lambda value: compare(comparable(value), limit)


def length(refinement: LengthRefinement) -> Predicate:
    compare = COMPARISONS[refinement["operator"]]
    limit = int(refinement["value"])
    return lambda value: compare(len(value), limit)


def multiple_of(refinement: MultipleOfRefinement) -> Predicate:
    divisor = number_of(refinement["value"])

    def holds(value: Any) -> bool:
        if divisor == 0 or (type(value) is float and not math.isfinite(value)):
            return False
        if type(value) is int and type(divisor) is int:
            return value % divisor == 0
        return math.fmod(value, divisor) == 0

    return holds


def pattern(refinement: PatternRefinement) -> Predicate:
    return Search(refinement["pattern"]).finds


def one_of(refinement: OneOfRefinement) -> Predicate:
    return frozenset(refinement["values"]).__contains__


PREDICATES: dict[str, Callable[[Any], Predicate]] = {
    "bound": bound,
    "length": length,
    "multiple-of": multiple_of,
    "pattern": pattern,
    "one-of": one_of,
}


def comparable(value: Any) -> Any:
    """Timestamps are compared by their microseconds. Python compares int and float exactly."""
    if isinstance(value, datetime.datetime):
        return (value - EPOCH) // MICROSECOND
    return value


def number_of(text: str) -> int | float:
    return int(text) if re.fullmatch("-?[0-9]+", text) else float(text)
