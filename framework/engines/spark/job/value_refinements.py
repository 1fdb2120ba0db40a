"""What a column asks of its values besides their type. The rules are those of framework/ingest/value-refinements.ts, and give the same reasons."""

import datetime
import math
import operator
import re
from typing import Any, Callable, Dict, List, Sequence, Tuple

from pattern_search import Search
from value_rules import ValueReader, Wrong, value_reader

COMPARISONS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)

Holds = Callable[[Any], bool]
Rule = Tuple[Holds, str]


def column_reader(column: Dict[str, Any]) -> ValueReader:
    """As value_reader; a value that violates a refinement of the column is wrong, too."""
    read = value_reader(column["type"])
    rules = [(holds_for(one), reason_of(one)) for one in column["refinements"]]
    return refined(read, rules) if rules else read


def refined(read: ValueReader, rules: Sequence[Rule]) -> ValueReader:
    def read_refined(value: Any) -> Any:
        result = read(value)
        for holds, reason in rules:
            if not holds(result):
                raise Wrong(reason)
        return result

    return read_refined


def reason_of(refinement: Dict[str, Any]) -> str:
    """Braces in the words are no place for the value."""
    words = refinement["expected"].replace("{", "{{").replace("}", "}}")
    return f"expected {words}, got {{}}"


def holds_for(refinement: Dict[str, Any]) -> Holds:
    return RULES[refinement["kind"]](refinement)


def bound(refinement: Dict[str, Any]) -> Holds:
    compare = COMPARISONS[refinement["operator"]]
    limit = number_of(refinement["value"])
    return lambda value: compare(comparable(value), limit)


def length(refinement: Dict[str, Any]) -> Holds:
    compare = COMPARISONS[refinement["operator"]]
    limit = int(refinement["value"])
    return lambda value: compare(len(value), limit)


def multiple_of(refinement: Dict[str, Any]) -> Holds:
    divisor = number_of(refinement["value"])

    def holds(value: Any) -> bool:
        if divisor == 0:
            return False
        if type(value) is int and type(divisor) is int:
            return value % divisor == 0
        return math.fmod(value, divisor) == 0

    return holds


def pattern(refinement: Dict[str, Any]) -> Holds:
    return Search(refinement["pattern"]).finds


def one_of(refinement: Dict[str, Any]) -> Holds:
    values: List[str] = refinement["values"]
    return frozenset(values).__contains__


RULES: Dict[str, Callable[[Dict[str, Any]], Holds]] = {
    "bound": bound,
    "length": length,
    "multiple-of": multiple_of,
    "pattern": pattern,
    "one-of": one_of,
}


def comparable(value: Any) -> Any:
    """Moments are compared by their microseconds. Python compares an int with a float exactly."""
    return (value - EPOCH) // MICROSECOND if isinstance(value, datetime.datetime) else value


def number_of(text: str) -> Any:
    return int(text) if re.fullmatch("-?[0-9]+", text) else float(text)
