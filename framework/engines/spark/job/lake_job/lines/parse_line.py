"""Parses the lines of a source's files: each line is a row, a reject or blank.

The rules are those of framework/ingest/lines/parse-line.ts and framework/ingest/pack/packer.ts, and
give the same rows, line numbers, reasons and texts. Only the reason of a line that is not JSON says
no more than that.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Tuple, Union

from lake_job.lines.other_shape import is_compressed, other_shape, other_shape_of_line
from lake_job.lines.parse_json import NotAnObjectError, members, quick_object, value_of
from lake_job.lines.parse_value import InvalidValueError
from lake_job.lines.value_refinements import column_reader

if TYPE_CHECKING:
    from typing import Iterable, Iterator, Sequence

    from lake_job.lines.parse_value import ValueReader
    from lake_job.protocol.job_types import LineColumn

# What JavaScript calls white space. Python adds the separators U+001C to U+001F and U+0085, and
# leaves out the byte order mark.
WHITE_SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAXIMUM_LINE_BYTES = 256 * 2**20

# In UTF-16 code units, as JavaScript counts.
MAXIMUM_TEXT_UNITS = 65_536
MAXIMUM_SHOWN_UNITS = 60

# Enough bytes for the longest text, whatever its characters.
MAXIMUM_TEXT_BYTES = MAXIMUM_TEXT_UNITS * 4


class Field(NamedTuple):
    """A column, and the reader of its values."""

    name: str
    nullable: bool
    empty_is_null: bool
    read: ValueReader


@dataclass(frozen=True)
class Invalid:
    """A line that is not a row."""

    reason: str


class Blank:
    """A line of white space."""


# The values of all columns, in their order. value_reader says which Python types they have.
Values = Tuple[Any, ...]
ParsedLine = Union[Values, Invalid, Blank]
LineParser = Callable[[bytes], ParsedLine]


class Reject(NamedTuple):
    line: int
    reason: str
    text: str


class ParsedFile(NamedTuple):
    """A row is its line number, then its values. A compressed file has neither rows nor rejects."""

    rows: list[tuple[Any, ...]]
    rejects: list[Reject]
    is_compressed: bool = False


# The line of a reject that is a whole file.
WHOLE_FILE = 0
BLANK = Blank()
NOT_UTF8 = Invalid("not UTF-8")


def parse_file(content: bytes, columns: Sequence[LineColumn]) -> ParsedFile:
    if is_compressed(content):
        return ParsedFile([], [], is_compressed=True)
    shape = other_shape(content)
    if shape is not None:
        return refused_file(shape)
    parsed = ParsedFile([], [])
    for number, line in parse_lines(io.BytesIO(content), line_parser(columns)):
        if isinstance(line, Reject):
            parsed.rejects.append(line)
        else:
            parsed.rows.append((number, *line))
    if not parsed.rows and len(parsed.rejects) == 1 and parsed.rejects[0].line == 1:
        shape = other_shape_of_line(parsed.rejects[0].text) if is_one_line(content) else None
    return parsed if shape is None else refused_file(shape)


def refused_file(reason: str) -> ParsedFile:
    return ParsedFile([], [Reject(WHOLE_FILE, reason, "")])


def is_one_line(content: bytes) -> bool:
    newline = content.find(b"\n")
    return newline in (-1, len(content) - 1)


def parse_lines(lines: Iterable[bytes], parse: LineParser) -> Iterator[tuple[int, Values | Reject]]:
    """Parses a file's lines, which have their newlines, and leaves out blank ones.

    Line numbers begin with 1 and count every line.
    """
    for number, line in enumerate(lines, 1):
        if len(line) > MAXIMUM_LINE_BYTES:
            yield number, reject(number, f"longer than {MAXIMUM_LINE_BYTES // 2**20} MiB", line)
            continue
        content = without_end(line)
        if number == 1 and content.startswith(BYTE_ORDER_MARK):
            content = content[len(BYTE_ORDER_MARK) :]
        parsed = parse(content)
        if isinstance(parsed, tuple):
            yield number, parsed
        elif isinstance(parsed, Invalid):
            yield number, reject(number, parsed.reason, content)


def line_parser(columns: Sequence[LineColumn]) -> LineParser:
    """A parser of one line, which is given without its line end."""
    fields = [
        Field(column["name"], column["nullable"], column["emptyIsNull"], column_reader(column))
        for column in columns
    ]

    def parse(line: bytes) -> ParsedLine:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return NOT_UTF8
        values = quick_values(fields, text)
        if values is not None:
            return values
        return exact_values(fields, text) if text.strip(WHITE_SPACE) else BLANK

    return parse


def quick_values(fields: Sequence[Field], text: str) -> Values | None:
    """The values of a line that is a row, or None if only exact_values can tell."""
    found = quick_object(text)
    if found is None:
        return None
    values: list[object] = []
    try:
        for name, nullable, empty_is_null, read in fields:
            value = found.get(name)
            if value is None or (empty_is_null and value == ""):
                if not nullable:
                    return None
                values.append(None)
            else:
                values.append(read(value))
    except InvalidValueError:
        return None
    return tuple(values)


def exact_values(fields: Sequence[Field], text: str) -> Values | Invalid:
    try:
        sources = members(text)
    except NotAnObjectError as problem:
        return Invalid(str(problem))
    values: list[object] = []
    for field in fields:
        source = sources.get(field.name)
        if source is None or source == "null" or (field.empty_is_null and source == '""'):
            if not field.nullable:
                return Invalid(f"{field.name} is {'missing' if source is None else 'null'}")
            values.append(None)
            continue
        try:
            values.append(field.read(value_of(source)))
        except InvalidValueError as problem:
            return Invalid(f"{field.name}: {str(problem).format(shown(source))}")
    return tuple(values)


def without_end(line: bytes) -> bytes:
    """Removes LF, CRLF, or the CR of a last line that was cut between CR and LF."""
    content = line[:-1] if line.endswith(b"\n") else line
    return content[:-1] if content.endswith(b"\r") else content


def reject(number: int, reason: str, content: bytes) -> Reject:
    """Cuts the text at its maximum. What is not UTF-8 in it becomes U+FFFD."""
    text = content[:MAXIMUM_TEXT_BYTES].decode("utf-8", "replace")
    cut = utf16_start(text, MAXIMUM_TEXT_UNITS, "ignore")
    if cut is None:
        return Reject(number, reason, text)
    return Reject(number, f"{reason} (text cut at 65,536 characters)", cut)


def shown(source: str) -> str:
    """A value as a reason shows it."""
    if source.startswith("{"):
        return "an object"
    if source.startswith("["):
        return "an array"
    start = utf16_start(source, MAXIMUM_SHOWN_UNITS, "replace")
    return source if start is None else f"{start}…"


def utf16_start(text: str, units: int, half_pair: str) -> str | None:
    """The first UTF-16 code units of the text, or None if it has no more than these.

    `half_pair` is "ignore" or "replace": what to do with half a surrogate pair at the end.
    """
    encoded = text[: units + 1].encode("utf-16-le")
    if len(encoded) <= 2 * units:
        return None
    return encoded[: 2 * units].decode("utf-16-le", half_pair)
