"""Parses strict JSON (RFC 8259): exactly what JavaScript's JSON.parse reads.

Numbers stay as they are written.
"""

from __future__ import annotations

import json
import re
from json import scanner
from typing import NoReturn


class Number(str):
    """A JSON number as it is written, such as "1.50"."""


class Source(str):
    """The text of a JSON object or array, whose parts are not parsed yet."""


class NotAnObjectError(Exception):
    """The text is not a JSON object; the message says what it is."""


NOT_JSON = "not JSON"


def refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


decode = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=refuse).raw_decode

# The decoder of json in pure Python, unlike the one in C, also takes digits of other scripts.
IS_DECODER_STRICT = getattr(scanner, "c_make_scanner", None) is not None


def quick_object(text: str) -> dict[str, object] | None:
    """Reads the text as an object, or returns None if `members` has to decide.

    Numbers are of the class Number; if a key comes twice, the last one counts. It gives no object
    if `members` would raise. NaN and Infinity, which Python's decoder takes, are refused; text that
    is nested hundreds of levels deep is left to `members`.
    """
    if not IS_DECODER_STRICT:
        return None
    try:
        value, end = decode(text)
    except (ValueError, RecursionError):
        return None
    return value if end == len(text) and type(value) is dict else None


def members(text: str) -> dict[str, str]:
    """The text of each member of the object, by key. If a key comes twice, the last one counts.

    Raises NotAnObjectError. It takes any depth of nesting.
    """
    start = skip_space(text, 0)
    if text[start : start + 1] != "{":
        expect_end(text, value_end(text, start))
        raise NotAnObjectError(f"expected an object, got {kind(text[start])}")
    found: dict[str, str] = {}
    at = skip_space(text, start + 1)
    if text[at : at + 1] != "}":
        at = read_members(text, at, found)
    expect_end(text, at + 1)
    return found


# A quote or an escape is a match of its own, so that the time is linear.
SPECIAL = re.compile(r'"|\\.|-?Infinity|NaN', re.DOTALL)


def quote_special_numbers(text: str) -> str:
    """The line with text in place of each bare NaN, Infinity and -Infinity."""
    is_text = False

    def quoted(match: re.Match[str]) -> str:
        nonlocal is_text
        token = match[0]
        if token == '"':
            is_text = not is_text
        elif not is_text and not token.startswith("\\"):
            return f'"{token}"'
        return token

    return SPECIAL.sub(quoted, text)


def items(text: str) -> list[str]:
    """The text of each element of a valid array."""
    found: list[str] = []
    at = skip_space(text, skip_space(text, 0) + 1)
    while text[at : at + 1] != "]":
        end = value_end(text, at)
        found.append(text[at:end])
        at = skip_space(text, end)
        if text[at : at + 1] == ",":
            at = skip_space(text, at + 1)
    return found


def value_of(source: str) -> object:
    """The value of valid JSON: str, Number, True, False, None, or the Source of its parts."""
    first = source[0]
    if first == '"':
        return json.loads(source)
    if first in CLOSING:
        return Source(source)
    return WORDS[source] if source in WORDS else Number(source)


WORDS = {"true": True, "false": False, "null": None}
CLOSING = {"{": "}", "[": "]"}

SPACE = re.compile(r"[ \t\n\r]*")
SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
# A part of a string. One match of a whole string would take memory for each of its escapes.
STRING_PART = re.compile(r'(?:[^"\\\x00-\x1f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})){1,1000}')


def read_members(text: str, start: int, found: dict[str, str]) -> int:
    """Adds to `found`, and returns the position of the closing brace."""
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
            raise NotAnObjectError(NOT_JSON)
        at = skip_space(text, at + 1)


def value_end(text: str, start: int) -> int:
    # One byte a level: a line of brackets has as many levels as bytes.
    closing = bytearray()
    at = start
    while True:
        first = text[at : at + 1]
        inside = skip_space(text, at + 1)
        if first in CLOSING and text[inside : inside + 1] != CLOSING[first]:
            closing.append(ord(CLOSING[first]))
            at = item_start(text, inside, closing)
            continue
        at = inside + 1 if first in CLOSING else scalar_end(text, at)
        at = next_item(text, at, closing)
        if not closing:
            return at


def next_item(text: str, end: int, closing: bytearray) -> int:
    """Returns the start of the next value after the end of one.

    Pops the brackets that close in between. If all of them close, returns the end of the last.
    """
    at = end
    while closing:
        at = skip_space(text, at)
        following = text[at : at + 1]
        if following == ",":
            return item_start(text, skip_space(text, at + 1), closing)
        if following != chr(closing[-1]):
            raise NotAnObjectError(NOT_JSON)
        closing.pop()
        at += 1
    return at


def item_start(text: str, start: int, closing: bytearray) -> int:
    """The start of an item's value, which in an object comes after a key."""
    return after_colon(text, string_end(text, start)) if closing[-1] == ord("}") else start


def after_colon(text: str, key_end: int) -> int:
    at = skip_space(text, key_end)
    if text[at : at + 1] != ":":
        raise NotAnObjectError(NOT_JSON)
    return skip_space(text, at + 1)


def scalar_end(text: str, start: int) -> int:
    if text[start : start + 1] == '"':
        return string_end(text, start)
    scalar = SCALAR.match(text, start)
    if scalar is None:
        raise NotAnObjectError(NOT_JSON)
    return scalar.end()


def string_end(text: str, start: int) -> int:
    if text[start : start + 1] != '"':
        raise NotAnObjectError(NOT_JSON)
    at = start + 1
    part = STRING_PART.match(text, at)
    while part is not None:
        at = part.end()
        part = STRING_PART.match(text, at)
    if text[at : at + 1] != '"':
        raise NotAnObjectError(NOT_JSON)
    return at + 1


def expect_end(text: str, at: int) -> None:
    if skip_space(text, at) != len(text):
        raise NotAnObjectError(NOT_JSON)


def skip_space(text: str, start: int) -> int:
    space = SPACE.match(text, start)
    return space.end() if space else start


def kind(first: str) -> str:
    names = {"[": "an array", '"': "a string", "t": "a boolean", "f": "a boolean", "n": "null"}
    return names.get(first, "a number")
