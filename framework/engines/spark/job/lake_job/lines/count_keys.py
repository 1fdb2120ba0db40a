"""Counts the keys of a source file's rows.

The rules are those of framework/ingest/keys/key-counter.ts, and give the same counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Callable

from lake_job.values.shown_text import shown, utf16_length

if TYPE_CHECKING:
    from typing import Iterable, Sequence

    from lake_job.protocol.job_types import FileKeys, LineColumn, UnknownKey

# Maximum number of unknown keys that are named for a file, and maximum length of a name, in UTF-16
# code units.
MAXIMUM_NAMES = 100
MAXIMUM_NAME = 100

LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class KeyCounter:
    """Counts the rows of one file."""

    def __init__(self, columns: Sequence[LineColumn]) -> None:
        self._names = [column["name"] for column in columns]
        self._known = frozenset(column["keys"][0] for column in columns)
        self._missing = set(range(len(columns)))
        self._unknown: dict[str, UnknownKey] = {}
        self._rows = 0
        self._more = 0
        self._bare = 0

    def take(
        self,
        keys: Iterable[str],
        is_present: Callable[[int], bool],
        source: Callable[[str], str],
    ) -> None:
        """Counts the keys of a row: which columns are present, and the text of a key's value."""
        is_more = False
        is_bare = bool(self._names)
        for name in keys:
            if name in self._known:
                is_bare = False
                continue
            counted = self._unknown.get(name) or self._add(name, source)
            if counted is None:
                is_more = True
            else:
                counted["rows"] += 1
        self._rows += 1
        self._more += is_more
        self._bare += is_bare
        if self._missing:
            self._missing = {column for column in self._missing if not is_present(column)}

    def _add(self, name: str, source: Callable[[str], str]) -> UnknownKey | None:
        if len(self._unknown) == MAXIMUM_NAMES or utf16_length(name) > MAXIMUM_NAME:
            return None
        example = well_formed(shown(source(name)))
        counted: UnknownKey = {"name": well_formed(name), "rows": 0, "example": example}
        self._unknown[name] = counted
        return counted

    def counts(self) -> FileKeys:
        absent = [name for at, name in enumerate(self._names) if at in self._missing]
        return {
            "unknown": list(self._unknown.values()),
            "more": self._more,
            "bare": self._bare,
            "absent": absent if self._rows else [],
        }


def well_formed(text: str) -> str:
    return LONE_SURROGATE.sub("\ufffd", text)
