"""Parses times that are written as numbers since 1970, or as text of a pattern.

The rules are those of framework/ingest/lines/parse-time.ts, and give the same reasons.
"""

from __future__ import annotations

import bisect
import calendar
import datetime
import re
from typing import TYPE_CHECKING

from lake_job.values.exact_number import digits_around, exact_number, written_out
from lake_job.values.invalid_value import InvalidValueError

if TYPE_CHECKING:
    from lake_job.protocol.job_types import TimeFormat, ZoneOffsets
    from lake_job.values.exact_number import ExactNumber
    from lake_job.values.invalid_value import ValueReader

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)

# The moments of the years 1 to 9999, in seconds since 1970.
FIRST = -62_135_596_800
LAST = 253_402_300_799

# Digits of the last microsecond.
MAXIMUM_DIGITS = 18

# More than the largest offset of a zone from UTC, in seconds.
MAXIMUM_OFFSET = 26 * 3600

# The last year of the offsets of a zone, and how long a week is, in seconds.
LAST_YEAR = 2100
WEEK = 7 * 86_400

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
NOT_FITTING = "{} does not fit timestamp"
TOO_FINE = "{} has parts of a microsecond, which nanoseconds: 'truncate' would drop"


def epoch_time(number: str, power: int, truncates: bool) -> datetime.datetime:
    """Reads a number of units of 10 to the `power` microseconds, by the JSON grammar."""
    is_negative, digits, exponent = exact_number(number)
    micros = (is_negative, digits, exponent + power if digits else 0)
    before, after = digits_around(micros)
    if after > 0 and not truncates:
        raise InvalidValueError(TOO_FINE)
    if before > MAXIMUM_DIGITS:
        raise InvalidValueError(NOT_FITTING)
    return moment(*divmod(whole_micros(micros), 1_000_000))


def whole_micros(micros: ExactNumber) -> int:
    """The number of microseconds, rounded down."""
    is_negative, digits, _ = micros
    before, after = digits_around(micros)
    if after == 0:
        return int(written_out(micros))
    whole = int(digits[:before] or "0")
    return -whole - 1 if is_negative else whole


def microseconds(fraction: str, truncates: bool) -> int:
    """Reads the digits after the point of the seconds."""
    if not truncates and fraction[6:].strip("0"):
        raise InvalidValueError(TOO_FINE)
    return int(fraction[:6].ljust(6, "0"))


def time_reader(time: TimeFormat) -> ValueReader:
    pattern = re.compile(time["pattern"])
    zone, ambiguous = time["zone"], time["ambiguous"]
    # Braces of a format are doubled, because the value replaces single braces.
    other = "expected " + time["expected"].replace("{", "{{").replace("}", "}}") + ", got {}"

    def read(value: object) -> datetime.datetime:
        match = pattern.fullmatch(value) if type(value) is str else None
        if match is None:
            raise InvalidValueError(other)
        parts = {part: text or "" for part, text in zip(time["parts"], match.groups())}
        local = local_seconds(parts)
        if local is None:
            raise InvalidValueError(other)
        micros = microseconds(parts.get("fraction", ""), time["truncates"])
        offset = parts.get("offset", "")
        if offset or zone is None:
            return moment(local - offset_seconds(offset), micros)
        return moment(moment_in_zone(local, zone, ambiguous), micros)

    return read


def local_seconds(parts: dict[str, str]) -> int | None:
    """The seconds since 1970 if the clock showed UTC, or None if there is no such day."""
    month = parts.get("month", "1")
    month_number = int(month) if month.isdigit() else MONTHS.index(month) + 1
    try:
        day = datetime.date(int(parts["year"]), month_number, int(parts.get("day", 1)))
    except ValueError:
        return None
    hour = int(parts.get("hour", 0))
    if "half" in parts:
        hour = int(parts["hour12"]) % 12 + (12 if parts["half"].lower() == "pm" else 0)
    minute, second = int(parts.get("minute", 0)), int(parts.get("second", 0))
    return day_seconds(day) + hour * 3600 + minute * 60 + second


def day_seconds(day: datetime.date) -> int:
    return (day - EPOCH.date()).days * 86_400


def offset_seconds(offset: str) -> int:
    if offset in ("", "Z"):
        return 0
    digits = offset.replace(":", "")
    seconds = int(digits[1:3]) * 3600 + int(digits[3:5]) * 60
    return -seconds if digits.startswith("-") else seconds


def moment_in_zone(local: int, zone: ZoneOffsets, ambiguous: str) -> int:
    moments = moments_of(local, zone)
    if not moments:
        raise InvalidValueError(f"{{}} is no time in {zone['name']}: clocks skip it")
    if len(moments) == 1 or ambiguous == "earlier":
        return moments[0]
    if ambiguous == "later":
        return moments[1]
    raise InvalidValueError(f"{{}} is two times in {zone['name']}: clocks repeat it")


def moments_of(local: int, zone: ZoneOffsets) -> list[int]:
    """The moments at which clocks of the zone show the local time: none, one or two."""
    until, offsets = zone["until"], zone["offsets"]
    shift = shift_of(local)
    shown = local - shift
    first = bisect.bisect_right(until, shown - MAXIMUM_OFFSET)
    last = bisect.bisect_right(until, shown + MAXIMUM_OFFSET)
    moments = []
    for interval in range(first, last + 1):
        at = shown - offsets[interval]
        if bisect.bisect_right(until, at) == interval:
            moments.append(at + shift)
    return moments


def shift_of(local: int) -> int:
    """How far a later year is from the one before LAST_YEAR with the same calendar, in seconds."""
    year = (EPOCH + datetime.timedelta(seconds=local)).year
    if year <= LAST_YEAR:
        return 0
    start, is_leap = day_seconds(datetime.date(year, 1, 1)), calendar.isleap(year)
    same = LAST_YEAR - 1
    while True:
        shift = start - day_seconds(datetime.date(same, 1, 1))
        if shift % WEEK == 0 and calendar.isleap(same) == is_leap:
            return shift
        same -= 1


def moment(seconds: int, micros: int) -> datetime.datetime:
    if not FIRST <= seconds <= LAST:
        raise InvalidValueError(NOT_FITTING)
    return EPOCH + datetime.timedelta(seconds=seconds, microseconds=micros)
