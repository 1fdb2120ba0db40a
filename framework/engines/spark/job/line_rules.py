"""The rules of a good line. They are those of framework/ingest/lines/parse-line.ts and packer.ts, and give the same rows, line numbers, reasons and
texts; but of a line that is not JSON no more is said than that.

A column is {"name": str, "type": {"kind": str, "precision"?: int, "scale"?: int}, "nullable": bool, "emptyIsNull": bool,
"refinements": [...]}.
"""

import io
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from strict_json import NotAnObject, members, quick_object, value_of
from value_refinements import column_reader
from value_rules import Wrong

Column = Dict[str, Any]
Row = Tuple[Any, ...]
Reject = Tuple[int, str, str]
Verdict = Tuple[Any, ...]
LineReader = Callable[[bytes], Verdict]
# Name, whether it may be null, whether an empty string is null, and what reads a value.
Field = Tuple[str, bool, bool, Callable[[Any], Any]]

# What JavaScript calls white space. Python's has the separators U+001C to U+001F and U+0085 besides, and not the byte order mark.
WHITE_SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_LINE = 256 * 2**20
LONGEST_TEXT = 65_536
# Enough for the longest text, whatever its characters.
TEXT_BYTES = LONGEST_TEXT * 4
LONGEST_SHOWN = 60

BLANK = ("blank",)
NOT_UTF8 = ("reject", "not UTF-8")


def file_lines(content: bytes, columns: Sequence[Column]) -> Tuple[List[Row], List[Reject]]:
    """The rows of a file, as (line number, value, ...), and its refused lines, as (line number, reason, text)."""
    rows = []
    rejects = []
    read = line_reader(columns)
    for number, verdict in judged_lines(io.BytesIO(content), read):
        if verdict[0] == "row":
            rows.append((number, *verdict[1]))
        else:
            rejects.append((number, *verdict[1:]))
    return rows, rejects


def judged_lines(lines: Iterable[bytes], read: LineReader) -> Iterator[Tuple[int, Verdict]]:
    """(number, ("row", values)) or (number, ("reject", reason, text)) of every line that is not blank.

    `lines` are a file's, as bytes with their newlines, as an open file gives them; `read` is a line_reader. Numbers begin with 1, and count
    every line. Texts are cut at 65,536 UTF-16 code units, and what is not UTF-8 in them is U+FFFD.
    """
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            yield number, refused(f"longer than {LONGEST_LINE // 2**20} MiB", line)
            continue
        content = without_end(line)
        if number == 1 and content.startswith(BYTE_ORDER_MARK):
            content = content[len(BYTE_ORDER_MARK) :]
        verdict = read(content)
        if verdict[0] == "row":
            yield number, verdict
        elif verdict[0] == "reject":
            yield number, refused(verdict[1], content)


def line_reader(columns: Sequence[Column]) -> LineReader:
    """A function from one line (bytes, without its line end) to ("row", values), ("reject", reason) or ("blank",). The values are those of
    all columns, in their order; value_rules has their types.
    """
    fields = [(c["name"], c["nullable"], c["emptyIsNull"], column_reader(c)) for c in columns]

    def read(line: bytes) -> Verdict:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return NOT_UTF8
        row = quick_row(fields, text)
        if row is not None:
            return "row", row
        return exact_line(fields, text) if text.strip(WHITE_SPACE) else BLANK

    return read


def quick_row(fields: Sequence[Field], text: str) -> Optional[Tuple[Any, ...]]:
    """The row that the line is, or None where that takes a closer look."""
    values = quick_object(text)
    if values is None:
        return None
    row = []
    try:
        for name, nullable, empty_is_null, read in fields:
            value = values.get(name)
            if value is None or (empty_is_null and value == ""):
                if not nullable:
                    return None
                row.append(None)
            else:
                row.append(read(value))
    except Wrong:
        return None
    return tuple(row)


def exact_line(fields: Sequence[Field], text: str) -> Verdict:
    try:
        sources = members(text)
    except NotAnObject as problem:
        return "reject", str(problem)
    row = []
    for name, nullable, empty_is_null, read in fields:
        source = sources.get(name)
        is_null = source is None or source == "null" or (empty_is_null and source == '""')
        if is_null and not nullable:
            return "reject", f"{name} is {'missing' if source is None else 'null'}"
        try:
            row.append(None if is_null else read(value_of(source)))
        except Wrong as problem:
            return "reject", f"{name}: {str(problem).format(shown(source))}"
    return "row", tuple(row)


def without_end(line: bytes) -> bytes:
    """CRLF ends a line as LF does, and a file whose last line has the CR alone was cut between the two."""
    content = line[:-1] if line.endswith(b"\n") else line
    return content[:-1] if content.endswith(b"\r") else content


def refused(reason: str, content: bytes) -> Verdict:
    text = content[:TEXT_BYTES].decode("utf-8", "replace")
    cut = utf16_start(text, LONGEST_TEXT, "ignore")
    return ("reject", reason, text) if cut is None else ("reject", f"{reason} (text cut at 65,536 characters)", cut)


def shown(source: str) -> str:
    if source.startswith("{"):
        return "an object"
    if source.startswith("["):
        return "an array"
    start = utf16_start(source, LONGEST_SHOWN, "replace")
    return source if start is None else f"{start}…"


def utf16_start(text: str, length: int, half_pair: str) -> Optional[str]:
    """The first so many UTF-16 code units, or None where there are no more than that. `half_pair`, "ignore" or "replace", says what becomes of
    the half of a surrogate pair at their end.
    """
    units = text[: length + 1].encode("utf-16-le")
    return units[: 2 * length].decode("utf-16-le", half_pair) if len(units) > 2 * length else None
