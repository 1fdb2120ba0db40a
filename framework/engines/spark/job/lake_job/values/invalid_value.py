"""The error that readers of values raise for a value that they refuse."""

from __future__ import annotations

from typing import Callable


class InvalidValueError(Exception):
    """The type has no such value. The message has braces in place of the value."""


ValueReader = Callable[[object], object]
