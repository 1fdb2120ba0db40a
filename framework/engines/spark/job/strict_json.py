"""Strict JSON (RFC 8259): what JSON.parse of JavaScript reads, no more and no less, with numbers as they are written."""

import json
import re
from json.scanner import c_make_scanner
from typing import Any, Dict, Optional


class Number(str):
    """A JSON number as it stands in the text: "1.50"."""


class NotAnObject(Exception):
    """The text is not a JSON object; the message says what it is."""


NOT_JSON = "not JSON"


def refuse(constant: str) -> None:
    raise ValueError(constant)


decode = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=refuse).raw_decode


def quick_object(text: str) -> Optional[Dict[str, Any]]:
    """The object that `text` is: numbers as Number, of a key that comes twice the last. None where that takes a closer look.

    Never an object where `members` sees none. Python's decoder takes NaN and Infinity too, which are refused here, and does not take what is
    nested hundreds of levels deep. The one that is not written in C takes digits of other scripts too, and is not asked.
    """
    if c_make_scanner is None:
        return None
    try:
        value, end = decode(text)
    except (ValueError, RecursionError):
        return None
    return value if end == len(text) and type(value) is dict else None


def members(text: str) -> Dict[str, str]:
    """The members of the object that `text` is, by key, as they stand in the text; of a key that comes twice, the last.

    Raises NotAnObject. No depth of nesting is too much.
    """
    start = skip_space(text, 0)
    if text[start : start + 1] != "{":
        expect_end(text, value_end(text, start))
        raise NotAnObject(f"expected an object, got {kind(text[start])}")
    found = {}
    at = skip_space(text, start + 1)
    if text[at : at + 1] != "}":
        at = read_members(text, at, found)
    expect_end(text, at + 1)
    return found


def value_of(source: str) -> Any:
    """The value that valid JSON is: str, Number, True, False or None; an empty list or dict where it is nested."""
    first = source[0]
    if first == '"':
        return json.loads(source)
    if first in NESTED:
        return NESTED[first]
    return WORDS[source] if source in WORDS else Number(source)


WORDS = {"true": True, "false": False, "null": None}
NESTED = {"{": {}, "[": []}
CLOSING = {"{": "}", "[": "]"}

SPACE = re.compile(r"[ \t\n\r]*")
SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
# In parts, because the memory for one match of all of it would grow with the number of escapes.
STRING_PART = re.compile(r'(?:[^"\\\x00-\x1f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})){1,1000}')


def read_members(text: str, start: int, found: Dict[str, str]) -> int:
    """Reads into `found`, and gives the place of the closing brace."""
    at = start
    while True:
        key_end = string_end(text, at)
        value_start = after_colon(text, key_end)
        end = value_end(text, value_start)
        found[json.loads(text[at:key_end])] = text[value_start:end]
        at = skip_space(text, end)
        following = text[at : at + 1]
        if following == "}":
            return at
        if following != ",":
            raise NotAnObject(NOT_JSON)
        at = skip_space(text, at + 1)


def value_end(text: str, start: int) -> int:
    # A byte a level, since a line of brackets alone can have as many levels as bytes.
    closing = bytearray()
    at = start
    while True:
        first = text[at : at + 1]
        inside = skip_space(text, at + 1)
        if first in NESTED and text[inside : inside + 1] != CLOSING[first]:
            closing.append(ord(CLOSING[first]))
            at = item_start(text, inside, closing)
            continue
        at = inside + 1 if first in NESTED else scalar_end(text, at)
        at = next_item(text, at, closing)
        if not closing:
            return at


def next_item(text: str, end: int, closing: bytearray) -> int:
    """From the end of a value, the start of the next one. Ends what is closed; where that is everything, gives the end of it."""
    at = end
    while closing:
        at = skip_space(text, at)
        following = text[at : at + 1]
        if following == ",":
            return item_start(text, skip_space(text, at + 1), closing)
        if following != chr(closing[-1]):
            raise NotAnObject(NOT_JSON)
        closing.pop()
        at += 1
    return at


def item_start(text: str, start: int, closing: bytearray) -> int:
    """Where the value begins: in an object behind a key."""
    return after_colon(text, string_end(text, start)) if closing[-1] == ord("}") else start


def after_colon(text: str, key_end: int) -> int:
    at = skip_space(text, key_end)
    if text[at : at + 1] != ":":
        raise NotAnObject(NOT_JSON)
    return skip_space(text, at + 1)


def scalar_end(text: str, start: int) -> int:
    if text[start : start + 1] == '"':
        return string_end(text, start)
    scalar = SCALAR.match(text, start)
    if scalar is None:
        raise NotAnObject(NOT_JSON)
    return scalar.end()


def string_end(text: str, start: int) -> int:
    if text[start : start + 1] != '"':
        raise NotAnObject(NOT_JSON)
    at = start + 1
    part = STRING_PART.match(text, at)
    while part is not None:
        at = part.end()
        part = STRING_PART.match(text, at)
    if text[at : at + 1] != '"':
        raise NotAnObject(NOT_JSON)
    return at + 1


def expect_end(text: str, at: int) -> None:
    if skip_space(text, at) != len(text):
        raise NotAnObject(NOT_JSON)


def skip_space(text: str, start: int) -> int:
    return SPACE.match(text, start).end()


def kind(first: str) -> str:
    names = {"[": "an array", '"': "a string", "t": "a boolean", "f": "a boolean", "n": "null"}
    return names.get(first, "a number")
