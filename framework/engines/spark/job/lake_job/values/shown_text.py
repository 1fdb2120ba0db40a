"""Text of a source as reasons of rejects show it."""

from __future__ import annotations

# In UTF-16 code units, as JavaScript counts.
MAXIMUM_SHOWN_UNITS = 60


def shown(source: str) -> str:
    """A value as a reason shows it."""
    if source.startswith("{"):
        return "an object"
    if source.startswith("["):
        return "an array"
    return shortened(source)


def shortened(text: str) -> str:
    start = utf16_start(text, MAXIMUM_SHOWN_UNITS, "replace")
    return text if start is None else f"{start}…"


def utf16_start(text: str, units: int, half_pair: str) -> str | None:
    """The first UTF-16 code units of the text, or None if it has no more than these.

    `half_pair` is "ignore" or "replace": what to do with half a surrogate pair at the end.
    """
    encoded = text[: units + 1].encode("utf-16-le")
    if len(encoded) <= 2 * units:
        return None
    return encoded[: 2 * units].decode("utf-16-le", half_pair)


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
