"""Recognizes a file that is not lines of JSON: compressed, or JSON that is laid out in another way.

The rules and reasons are those of framework/ingest/lines/other-shape.ts and
framework/ingest/unpack/unpack.ts.
"""

from __future__ import annotations

import re

from lake_job.values.parse_json import NotAnObjectError, members

MAXIMUM_BYTES = 64 * 1024
GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
# The last three bytes of a frame that decoders skip; the first one is 0x50 to 0x5f.
SKIPPABLE = b"\x2a\x4d\x18"
BZIP2_MARKS = (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90")

ARRAY = ("a JSON array", "jsonDocuments({ records: '$[*]' })")
DOCUMENT = ("a JSON document over several lines", "jsonDocuments()")
CONCATENATED = ("several JSON objects on a line", "jsonDocuments()")

BLANK = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

UNREADABLE = re.compile(rb"\xff\xfe.\x00|\xfe\xff\x00|PAR1\x15|PK\x03\x04|\xfd7zXZ\x00", re.DOTALL)


def is_compressed(content: bytes) -> bool:
    """Whether the embedded engine reads the source: it unpacks files, or says what they are."""
    if UNREADABLE.match(content):
        return True
    if content.startswith((GZIP, ZSTD)):
        return True
    if content[:1] and content[0] & 0xF0 == 0x50 and content[1:4] == SKIPPABLE:
        return True
    return content[:3] == b"BZh" and content[3:4] in b"123456789" and content[4:10] in BZIP2_MARKS


def other_shape(content: bytes) -> str | None:
    """Why the file is refused as a whole, by its first lines; None if it can be lines."""
    lines = first_lines(content)
    if len(lines) < 2 or not lines[0].startswith(("{", "[")):
        return None
    first, second = lines
    if first != "[" and (end_of(first) is not None or is_object(second)):
        return None
    return refused(ARRAY if first.startswith("[") else DOCUMENT)


def other_shape_of_line(line: str) -> str | None:
    """Why a file with a single line, which is rejected, is refused as a whole."""
    text = line.strip(BLANK)
    if text.startswith("["):
        return refused(ARRAY) if text[1:].lstrip(BLANK).startswith("{") else None
    end = end_of(text) if text.startswith("{") else None
    is_followed = end is not None and text[end:].lstrip(BLANK).startswith("{")
    return refused(CONCATENATED) if is_followed else None


def first_lines(content: bytes) -> list[str]:
    """The first two lines that are not blank; none if they are too long."""
    lines: list[str] = []
    at = 0
    while at < len(content) and len(lines) < 2:
        newline = content.find(b"\n", at)
        end = len(content) if newline < 0 else newline
        if end > MAXIMUM_BYTES:
            return []
        line = content[at:end].decode("utf-8", "replace").strip(BLANK)
        if line:
            lines.append(line)
        at = end + 1
    return lines


def refused(shape: tuple[str, str]) -> str:
    what, declared = shape
    return f"the file holds {what}, and not one object a line: declare format: {declared}"


def end_of(text: str) -> int | None:
    """The position after the bracket that closes the one at the beginning.

    The end of the text if a string in it is not closed; None if the bracket is not closed.
    """
    depth = 0
    at = 0
    while at < len(text):
        character = text[at]
        if character == '"':
            at = string_end(text, at)
            if at == len(text):
                return at
        elif character in "{[":
            depth += 1
        elif character in "}]":
            depth -= 1
        if depth == 0:
            return at + 1
        at += 1
    return None


def string_end(text: str, start: int) -> int:
    at = start + 1
    while at < len(text) and text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return min(at, len(text))


def is_object(line: str) -> bool:
    if not line.startswith("{"):
        return False
    try:
        members(line)
    except (NotAnObjectError, ValueError):
        return False
    return True
