"""Parses the lines of a source's files: each line is a row, a reject or blank.

The rules are those of framework/ingest/lines/parse-line.ts and framework/ingest/pack/packer.ts, and
give the same rows, line numbers, reasons and texts. Only the reason for a line that is not JSON
gives fewer details.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Tuple, Union

from lake_job.lines.count_keys import KeyCounter, well_formed
from lake_job.lines.other_shape import is_compressed, other_shape, other_shape_of_line
from lake_job.values.invalid_value import InvalidValueError
from lake_job.values.parse_json import (
    NOT_JSON,
    NotAnObjectError,
    members,
    quick_object,
    quote_special_numbers,
    value_of,
)
from lake_job.values.parse_value import takes_special_numbers
from lake_job.values.shown_text import shortened, shown, utf16_start
from lake_job.values.value_refinements import column_reader

if TYPE_CHECKING:
    from typing import Iterable, Iterator, Sequence

    from lake_job.protocol.job_types import FileKeys, LineColumn
    from lake_job.values.invalid_value import ValueReader

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

# Enough bytes for the longest text, for all characters.
MAXIMUM_TEXT_BYTES = MAXIMUM_TEXT_UNITS * 4


class Field(NamedTuple):
    """A column, where a line has its value, and the reader of its values."""

    name: str
    key: str
    nested: list[str]
    within: list[str]
    nullable: bool
    empty_is_null: bool
    is_json: bool
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
    keys: FileKeys | None
    is_compressed: bool = False


# The line number of a reject that is a whole file.
WHOLE_FILE = 0
BLANK = Blank()
NOT_UTF8 = Invalid("not UTF-8")


def parse_file(
    content: bytes,
    columns: Sequence[LineColumn],
    unknown_keys: str = "ignore",
    refused: str | None = None,
) -> ParsedFile:
    """Parses all lines of a file. If it is refused, none of them is a row."""
    if is_compressed(content):
        return ParsedFile([], [], None, is_compressed=True)
    counter = None if unknown_keys == "ignore" else KeyCounter(columns)
    no_keys = None if counter is None else counter.counts()
    shape = other_shape(content)
    if shape is not None:
        return refused_file(shape, no_keys)
    parse = line_parser(columns, counter, unknown_keys == "reject")
    if refused is not None:
        counter = None if counter is None else KeyCounter(columns)
        parse = refusing(line_parser(columns, None, unknown_keys == "reject"), refused)
    parsed = ParsedFile([], [], None)
    for number, line in parse_lines(io.BytesIO(content), parse):
        if isinstance(line, Reject):
            parsed.rejects.append(line)
        else:
            parsed.rows.append((number, *line))
    if not parsed.rows and len(parsed.rejects) == 1 and parsed.rejects[0].line == 1:
        shape = other_shape_of_line(parsed.rejects[0].text) if is_one_line(content) else None
        if shape is not None:
            return refused_file(shape, no_keys)
    return parsed._replace(keys=None if counter is None else counter.counts())


def refusing(parse: LineParser, reason: str) -> LineParser:
    def parse_refused(line: bytes) -> ParsedLine:
        parsed = parse(line)
        return Invalid(reason) if isinstance(parsed, tuple) else parsed

    return parse_refused


def refused_file(reason: str, no_keys: FileKeys | None) -> ParsedFile:
    return ParsedFile([], [Reject(WHOLE_FILE, reason, "")], no_keys)


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


def line_parser(
    columns: Sequence[LineColumn],
    counter: KeyCounter | None = None,
    refuses_unknown: bool = False,
) -> LineParser:
    """A parser of one line, which is given without its line end."""
    fields = [field_of(column) for column in columns]
    known = frozenset(field.key for field in fields) if refuses_unknown else None
    is_special = any(takes_special_numbers(column["format"]) for column in columns)

    def parse(line: bytes) -> ParsedLine:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return NOT_UTF8
        values = quick_values(fields, text, known, counter)
        if values is not None:
            return values
        if not text.strip(WHITE_SPACE):
            return BLANK
        parsed = exact_values(fields, text, known, counter)
        if is_special and isinstance(parsed, Invalid) and parsed.reason == NOT_JSON:
            quoted = quote_special_numbers(text)
            return parsed if quoted == text else exact_values(fields, quoted, known, counter)
        return parsed

    return parse


def field_of(column: LineColumn) -> Field:
    key, *nested = column["keys"]
    line_format = column["format"]
    return Field(
        column["name"],
        key,
        nested,
        column["within"],
        column["nullable"],
        column["emptyIsNull"],
        line_format is not None and line_format["kind"] == "json",
        column_reader(column),
    )


def quick_values(
    fields: Sequence[Field],
    text: str,
    known: frozenset[str] | None,
    counter: KeyCounter | None,
) -> Values | None:
    """The values of a line that is a row, or None if exact_values has to decide."""
    found = quick_object(text)
    if found is None or (known is not None and not known.issuperset(found)):
        return None
    try:
        values = tuple([quick_value(field, found) for field in fields])
    except InvalidValueError:
        return None
    if counter is not None:
        counter.take(
            found,
            lambda column: has_member(found, fields[column]),
            lambda name: members(text)[name],
        )
    return values


def quick_value(field: Field, found: dict[str, object]) -> object:
    """Raises InvalidValueError if the line is not a row, or if exact_values has to decide."""
    value = found.get(field.key)
    for inner in field.nested:
        if value is None:
            break
        if type(value) is not dict:
            raise InvalidValueError
        value = value.get(inner)
    is_null = value is None or (field.empty_is_null and value == "")
    if is_null and field.nullable:
        return None
    if is_null or field.is_json:
        raise InvalidValueError
    return field.read(value)


def has_member(found: dict[str, object], field: Field) -> bool:
    value: object = found
    for key in (field.key, *field.nested):
        if type(value) is not dict or key not in value:
            return False
        value = value[key]
    return True


def exact_values(
    fields: Sequence[Field],
    text: str,
    known: frozenset[str] | None,
    counter: KeyCounter | None,
) -> Values | Invalid:
    try:
        line = members(text)
    except NotAnObjectError as problem:
        return Invalid(str(problem))
    unknown = None if known is None else next((key for key in line if key not in known), None)
    if unknown is not None:
        return Invalid(f"unknown key: {shortened(well_formed(unknown))}")
    sources: list[str | None] = []

    def value_of_field(field: Field) -> object:
        source = source_of(field, line)
        sources.append(source)
        return exact_value(field, source)

    try:
        values = tuple(map(value_of_field, fields))
    except InvalidValueError as problem:
        return Invalid(str(problem))
    if counter is not None:
        counter.take(line, lambda column: sources[column] is not None, line.__getitem__)
    return values


def source_of(field: Field, line: dict[str, str]) -> str | None:
    """The text of the value, or None if it is missing."""
    source = line.get(field.key)
    for inner, within in zip(field.nested, field.within):
        if source is None or source == "null":
            return None
        if not source.startswith("{"):
            raise InvalidValueError(
                f"{field.name}: expected an object in {well_formed(within)}, got {shown(source)}"
            )
        source = members(source).get(inner)
    return source


def exact_value(field: Field, source: str | None) -> object:
    """Raises InvalidValueError, whose message is the reason of the reject."""
    if source is None or source == "null" or (field.empty_is_null and source == '""'):
        if field.nullable:
            return None
        raise InvalidValueError(f"{field.name} is {'missing' if source is None else 'null'}")
    try:
        return field.read(source if field.is_json else value_of(source))
    except InvalidValueError as problem:
        reason = str(problem).format(shown(source))
        raise InvalidValueError(f"{field.name}: {reason}") from None


def without_end(line: bytes) -> bytes:
    """Removes LF, CRLF, or the CR of a last line that was cut between CR and LF."""
    content = line[:-1] if line.endswith(b"\n") else line
    return content[:-1] if content.endswith(b"\r") else content


def reject(number: int, reason: str, content: bytes) -> Reject:
    """Cuts the text at its maximum. Bytes that are not UTF-8 become U+FFFD."""
    text = content[:MAXIMUM_TEXT_BYTES].decode("utf-8", "replace")
    cut = utf16_start(text, MAXIMUM_TEXT_UNITS, "ignore")
    if cut is None:
        return Reject(number, reason, text)
    return Reject(number, f"{reason} (text cut at 65,536 characters)", cut)
