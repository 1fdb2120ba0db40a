"""Parses the values of each column type that has no parts.

The rules are those of framework/ingest/lines/parse-value.ts, and give the same reasons:

- text: a string without lone surrogates; a number is its text as written.
- int, bigint: a number that is exactly an integer (5, 5.0, 5e0) in the type's range.
- double: a number that does not overflow.
- decimal: a number, or text of one, that fits precision and scale exactly.
- boolean: true or false.
- date: a string `yyyy-mm-dd`, a day of the calendar in the years 1 to 9999.
- timestamp: a string `yyyy-mm-ddThh:mm:ss`, then perhaps a fraction of up to 9 digits, of
  which those after the sixth are 0, then `Z` or an offset `+hh:mm`; in UTC in the years 1 to 9999.
- binary: a string that is exactly the base64 of some bytes, with padding.

A column can have another format.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import re
from typing import TYPE_CHECKING, Callable

from lake_job.values.exact_number import digits_around, exact_number, written_out
from lake_job.values.invalid_value import InvalidValueError
from lake_job.values.parse_json import Number
from lake_job.values.parse_time import epoch_time, microseconds, time_reader

if TYPE_CHECKING:
    from lake_job.protocol.job_types import DecimalType, EpochFormat, PlainFormat, TimeFormat
    from lake_job.values.invalid_value import ValueReader


def formatted_reader(line_format: PlainFormat | EpochFormat | TimeFormat) -> ValueReader:
    if line_format["kind"] == "epoch":
        return epoch_reader(line_format)
    if line_format["kind"] == "time":
        return time_reader(line_format)
    return FORMAT_READERS[line_format["kind"]]


def json_value(value: object) -> str:
    """The value is the text of the JSON."""
    return str(value)


def epoch_reader(line_format: EpochFormat) -> ValueReader:
    unit, power, truncates = line_format["unit"], line_format["power"], line_format["truncates"]

    def read(value: object) -> datetime.datetime:
        number = number_in(value)
        if number is None:
            raise InvalidValueError(f"expected {unit} since 1970, got {{}}")
        return epoch_time(number, power, truncates)

    return read


NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def number_in(value: object) -> str | None:
    """The text of a JSON number, or a text that is written like one. None for other values."""
    if type(value) is Number:
        return value
    return value if type(value) is str and NUMBER.fullmatch(value) else None


SURROGATE = re.compile("[\ud800-\udfff]")


def text_value(value: object) -> str:
    if type(value) is str:
        if value.isascii() or SURROGATE.search(value) is None:
            return value
        raise InvalidValueError("holds a lone surrogate, which is not a character")
    if type(value) is Number:
        return str(value)
    raise InvalidValueError("expected text, got {}")


def boolean_value(value: object) -> bool:
    if value is True or value is False:
        return value
    raise InvalidValueError("expected true or false, got {}")


def integer_reader(type_name: str, bits: int) -> ValueReader:
    limit = 2**bits
    longest = len(str(limit))

    def read(value: object) -> int:
        if type(value) is not Number:
            raise InvalidValueError("expected an integer, got {}")
        if len(value) < longest:
            try:
                return int(value)
            except ValueError:
                pass
        number = exact_number(value)
        before, after = digits_around(number)
        if after > 0:
            raise InvalidValueError("expected an integer, got {}")
        integer = int(written_out(number)) if before <= longest else limit
        if -limit <= integer < limit:
            return integer
        raise InvalidValueError(f"{{}} does not fit {type_name}")

    return read


INFINITY = float("inf")


def double_value(value: object) -> float:
    if type(value) is not Number:
        raise InvalidValueError("expected a number, got {}")
    number = float(value)
    if -INFINITY < number < INFINITY:
        return number
    raise InvalidValueError("{} does not fit double")


SPECIAL_NUMBERS = ("NaN", "Infinity", "-Infinity")


def special_double_value(value: object) -> float:
    if type(value) is str and value in SPECIAL_NUMBERS:
        return float(value)
    return double_value(value)


def decimal_reader(column_type: DecimalType) -> ValueReader:
    precision, scale = column_type["precision"], column_type["scale"]

    def read(value: object) -> decimal.Decimal:
        written = number_in(value)
        if written is None:
            raise InvalidValueError("expected a number, got {}")
        number = exact_number(written)
        before, after = digits_around(number)
        if before <= precision - scale and after <= scale:
            return decimal.Decimal(written_out(number))
        raise InvalidValueError(f"{{}} does not fit decimal({precision},{scale})")

    return read


DATE = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})")


def date_value(value: object) -> datetime.date:
    match = DATE.fullmatch(value) if type(value) is str else None
    try:
        if match is not None:
            return datetime.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise InvalidValueError('expected a date like "2018-11-30", got {}')


HOUR_MINUTE = "([01][0-9]|2[0-3]):([0-5][0-9])"
TIMESTAMP = re.compile(
    rf"{DATE.pattern}T{HOUR_MINUTE}:([0-5][0-9])(?:\.([0-9]{{1,9}}))?(?:Z|([+-]){HOUR_MINUTE})"
)
UTC = datetime.timezone.utc


def timestamp_value(value: object) -> datetime.datetime:
    match = TIMESTAMP.fullmatch(value) if type(value) is str else None
    try:
        if match is not None:
            at = moment(match)
            microseconds(match[7] or "", truncates=False)
            return at
    except (ValueError, OverflowError):
        pass
    raise InvalidValueError('expected a time like "2018-11-30T23:59:59Z", got {}')


def moment(match: re.Match[str]) -> datetime.datetime:
    *parts, fraction, sign, hours, minutes = match.groups()
    year, month, day, hour, minute, second = map(int, parts)
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    local = datetime.datetime(year, month, day, hour, minute, second, micros, UTC)
    if sign is None:
        return local
    offset = datetime.timedelta(hours=int(hours), minutes=int(minutes))
    return local - offset if sign == "+" else local + offset


def bytes_reader(
    expected: str, decode: Callable[[str], bytes], encode: Callable[[bytes], str]
) -> ValueReader:
    """Takes a text only if its bytes encode to it again. Python also decodes other texts."""

    def read(value: object) -> bytes:
        try:
            if type(value) is str:
                decoded = decode(value)
                if encode(decoded) == value:
                    return decoded
        except ValueError:
            pass
        raise InvalidValueError(f"expected {expected}, got {{}}")

    return read


TYPE_READERS: dict[str, ValueReader] = {
    "text": text_value,
    "boolean": boolean_value,
    "int": integer_reader("int", 31),
    "bigint": integer_reader("bigint", 63),
    "double": double_value,
    "date": date_value,
    "timestamp": timestamp_value,
    "binary": bytes_reader(
        "base64", base64.b64decode, lambda value: base64.b64encode(value).decode()
    ),
}

URL_SAFE = bytes_reader(
    "base64url",
    base64.urlsafe_b64decode,
    lambda value: base64.urlsafe_b64encode(value).decode(),
)
HEX = bytes_reader("two hexadecimal digits for each byte", bytes.fromhex, bytes.hex)


def url_safe_value(value: object) -> object:
    """The padding can be missing."""
    if type(value) is str and not value.endswith("="):
        return URL_SAFE(value + "=" * (-len(value) % 4))
    return URL_SAFE(value)


def hex_value(value: object) -> object:
    return HEX(value.lower() if type(value) is str else value)


FORMAT_READERS: dict[str, ValueReader] = {
    "json": json_value,
    "special-numbers": special_double_value,
    "hex": hex_value,
    "base64url": url_safe_value,
}
