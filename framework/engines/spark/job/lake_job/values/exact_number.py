"""Reads JSON numbers without losing digits."""

from __future__ import annotations

from typing import Tuple

# Whether a number is negative, its digits, and an exponent: the digits times 10 to the exponent.
# Zero has no digits; those of other numbers begin and end with 1 to 9.
ExactNumber = Tuple[bool, str, int]

# An exponent that is out of every type's range, even with the digits of the longest line.
MAXIMUM_EXPONENT = 10**18


def exact_number(text: str) -> ExactNumber:
    """Reads all digits of a JSON number. An exponent of more than 18 digits is MAXIMUM_EXPONENT."""
    is_negative = text.startswith("-")
    mantissa, _, power = text.lstrip("-").lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    written = (whole + fraction).lstrip("0")
    digits = written.rstrip("0")
    exponent = exponent_of(power) - len(fraction) + len(written) - len(digits) if digits else 0
    return is_negative, digits, exponent


def exponent_of(power: str) -> int:
    # Python refuses to read integers of thousands of digits, leading zeros among them.
    size = power.lstrip("+-").lstrip("0")
    exponent = MAXIMUM_EXPONENT if len(size) > 18 else int(size or "0")
    return -exponent if power.startswith("-") else exponent


def digits_around(number: ExactNumber) -> tuple[int, int]:
    """Counts the digits of the written out number before and after the decimal point."""
    _, digits, exponent = number
    return (max(0, len(digits) + exponent), max(0, -exponent)) if digits else (0, 0)


def written_out(number: ExactNumber) -> str:
    """Writes the number, which must not have many digits, without an exponent: "-0.05", "1500"."""
    is_negative, digits, _ = number
    before, after = digits_around(number)
    written = digits.rjust(after, "0").ljust(before + after, "0")
    whole = written[: len(written) - after] or "0"
    sign = "-" if is_negative and digits else ""
    fraction = f".{written[-after:]}" if after else ""
    return f"{sign}{whole}{fraction}"
