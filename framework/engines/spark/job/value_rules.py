"""The rules of each type. They are those of framework/ingest/lines/parse-value.ts, and give the same reasons:

- text: a string without lone surrogates; a number is its text as written.
- int, bigint: a number that is exactly an integer (5, 5.0, 5e0) in the type's range.
- double: a number that does not overflow.
- decimal: a number that precision and scale hold exactly.
- boolean: true or false.
- date: a string `yyyy-mm-dd`, a day of the calendar in the years 1 to 9999.
- timestamp: a string `yyyy-mm-ddThh:mm:ss`, then perhaps a fraction of up to 6 digits, then `Z` or an offset `+hh:mm`; in UTC in the
  years 1 to 9999.
"""

import datetime
import decimal
import re
from typing import Any, Callable, Dict, Tuple

from strict_json import Number


class Wrong(Exception):
    """The value is none of the type. The message has braces in place of the value."""


ValueReader = Callable[[Any], Any]
ExactNumber = Tuple[bool, str, int]


def value_reader(column_type: Dict[str, Any]) -> ValueReader:
    """A function from a value of strict_json, not None, to what Spark wants for the type: str, int, float, decimal.Decimal, bool,
    datetime.date, or datetime.datetime in UTC. It raises Wrong.
    """
    kind = column_type["kind"]
    if kind == "int":
        return integer_value("int", 31)
    if kind == "bigint":
        return integer_value("bigint", 63)
    if kind == "decimal":
        return decimal_value(column_type["precision"], column_type["scale"])
    return READERS[kind]


SURROGATE = re.compile("[\ud800-\udfff]")


def text_value(value: Any) -> str:
    if type(value) is str:
        if value.isascii() or SURROGATE.search(value) is None:
            return value
        raise Wrong("holds a lone surrogate, which is not a character")
    if type(value) is Number:
        return str(value)
    raise Wrong("expected text, got {}")


def boolean_value(value: Any) -> bool:
    if value is True or value is False:
        return value
    raise Wrong("expected true or false, got {}")


def integer_value(type_name: str, bits: int) -> ValueReader:
    limit = 2**bits
    longest = len(str(limit))

    def read(value: Any) -> int:
        if type(value) is not Number:
            raise Wrong("expected an integer, got {}")
        if len(value) < longest:
            try:
                return int(value)
            except ValueError:
                pass
        number = exact_number(value)
        before, after = digits_around(number)
        if after > 0:
            raise Wrong("expected an integer, got {}")
        integer = int(written_out(number)) if before <= longest else limit
        if -limit <= integer < limit:
            return integer
        raise Wrong(f"{{}} does not fit {type_name}")

    return read


INFINITY = float("inf")


def double_value(value: Any) -> float:
    if type(value) is not Number:
        raise Wrong("expected a number, got {}")
    number = float(value)
    if -INFINITY < number < INFINITY:
        return number
    raise Wrong("{} does not fit double")


def decimal_value(precision: int, scale: int) -> ValueReader:
    def read(value: Any) -> decimal.Decimal:
        if type(value) is not Number:
            raise Wrong("expected a number, got {}")
        number = exact_number(value)
        before, after = digits_around(number)
        if before <= precision - scale and after <= scale:
            return decimal.Decimal(written_out(number))
        raise Wrong(f"{{}} does not fit decimal({precision},{scale})")

    return read


DATE = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})")


def date_value(value: Any) -> datetime.date:
    match = DATE.fullmatch(value) if type(value) is str else None
    try:
        if match is not None:
            return datetime.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise Wrong('expected a date like "2018-11-30", got {}')


HOUR_MINUTE = "([01][0-9]|2[0-3]):([0-5][0-9])"
TIMESTAMP = re.compile(rf"{DATE.pattern}T{HOUR_MINUTE}:([0-5][0-9])(?:\.([0-9]{{1,6}}))?(?:Z|([+-]){HOUR_MINUTE})")


def timestamp_value(value: Any) -> datetime.datetime:
    match = TIMESTAMP.fullmatch(value) if type(value) is str else None
    try:
        if match is not None:
            return moment(match)
    except (ValueError, OverflowError):
        pass
    raise Wrong('expected a time like "2018-11-30T23:59:59Z", got {}')


def moment(match: Any) -> datetime.datetime:
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    micros = int(fraction.ljust(6, "0")) if fraction else 0
    local = datetime.datetime(
        int(year), int(month), int(day), int(hour), int(minute), int(second), micros, datetime.timezone.utc
    )
    if sign is None:
        return local
    offset = datetime.timedelta(hours=int(hours), minutes=int(minutes))
    return local - offset if sign == "+" else local + offset


READERS = {"text": text_value, "boolean": boolean_value, "double": double_value, "date": date_value, "timestamp": timestamp_value}

# An exponent that is far out of every type's range, and still far out with the digits of the longest line.
FAR = 10**18


def exact_number(text: str) -> ExactNumber:
    """A JSON number to its last digit: (is negative, digits, exponent) of digits times 10 to the exponent. Zero has no digits; otherwise
    they begin and end with 1 to 9. An exponent of more than 18 digits is 10**18.
    """
    negative = text.startswith("-")
    mantissa, _, power = text.lstrip("-").lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    written = (whole + fraction).lstrip("0")
    digits = written.rstrip("0")
    exponent = exponent_of(power) - len(fraction) + len(written) - len(digits) if digits else 0
    return negative, digits, exponent


def exponent_of(power: str) -> int:
    # Python refuses to read integers of thousands of digits, leading zeros among them.
    size = power.lstrip("+-").lstrip("0")
    exponent = FAR if len(size) > 18 else int(size or "0")
    return -exponent if power.startswith("-") else exponent


def digits_around(number: ExactNumber) -> Tuple[int, int]:
    """How many digits stand before the decimal point, and how many after it, when the number is written out."""
    _, digits, exponent = number
    return (max(0, len(digits) + exponent), max(0, -exponent)) if digits else (0, 0)


def written_out(number: ExactNumber) -> str:
    """Without an exponent, for numbers of a bounded number of digits: "-0.05", "1500"."""
    negative, digits, _ = number
    before, after = digits_around(number)
    written = digits.rjust(after, "0").ljust(before + after, "0")
    whole = written[: len(written) - after] or "0"
    return f"{'-' if negative and digits else ''}{whole}{'.' + written[-after:] if after else ''}"
