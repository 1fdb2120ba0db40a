"""Finds a pattern in texts, in a time that grows with the text alone.

framework/pattern/search.ts does the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lake_job.protocol.job_types import Automaton

# What is beside a position in a text.
NOTHING, WORD, OTHER = range(3)
WORDS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")

# Maximum number of states and steps that are remembered. A search forgets all of them at once, so
# that no text can make it take more memory.
MAXIMUM_KNOWN_STATES = 100_000


class DfaState:
    """Where a search is between two characters: the possible states, and the known steps from here.

    A step to None means that the pattern was found.
    """

    def __init__(self, states: tuple[int, ...], before: int) -> None:
        self.states = states
        self.before = before
        self.steps: dict[str, DfaState | None] = {}
        self.found_at_end: bool | None = None


class Search:
    """Searches texts for a pattern as framework/pattern/automaton.ts describes it."""

    def __init__(self, pattern: Automaton) -> None:
        self.states = pattern["states"]
        self.start = pattern["start"]
        self.forget()

    def forget(self) -> None:
        self.size = 0
        self.known: dict[tuple[tuple[int, ...], int], DfaState] = {}
        self.first = self.dfa_state((self.start,), NOTHING)

    def finds(self, text: str) -> bool:
        state = self.first
        for character in text:
            if character in state.steps:
                after = state.steps[character]
            else:
                after = self.step(state, character)
            if after is None:
                return True
            state = after
        if state.found_at_end is None:
            state.found_at_end = 0 in self.passed(state, NOTHING)
        return state.found_at_end

    def step(self, origin: DfaState, character: str) -> DfaState | None:
        if self.size > MAXIMUM_KNOWN_STATES:
            self.forget()
        neighbour = WORD if character in WORDS else OTHER
        passed = self.passed(origin, neighbour)
        found = 0 in passed
        after = None if found else self.dfa_state(self.after(passed, ord(character)), neighbour)
        origin.steps[character] = after
        self.size += 1
        return after

    def passed(self, origin: DfaState, after: int) -> frozenset[int]:
        """Returns the states that are reached without a character if `after` comes next."""
        passed = set(origin.states)
        waiting = list(origin.states)
        while waiting:
            state = self.states[waiting.pop()]
            if state["kind"] == "take":
                continue
            if state["kind"] == "position" and not is_at(state["at"], origin.before, after):
                continue
            new = set(state["to"]) - passed
            passed |= new
            waiting.extend(new)
        return frozenset(passed)

    def after(self, passed: frozenset[int], code: int) -> tuple[int, ...]:
        """Returns the states after a character. A search begins anew at every character."""
        after = {self.start}
        for number in passed:
            state = self.states[number]
            if state["kind"] == "take" and is_in(state["ranges"], code):
                after.update(state["to"])
        return tuple(sorted(after))

    def dfa_state(self, states: tuple[int, ...], before: int) -> DfaState:
        known = self.known.get((states, before))
        if known is None:
            known = self.known[(states, before)] = DfaState(states, before)
            self.size += len(states)
        return known


def is_at(position: str, before: int, after: int) -> bool:
    if position == "start":
        return before == NOTHING
    if position == "end":
        return after == NOTHING
    return (before == WORD) != (after == WORD)


def is_in(ranges: list[tuple[int, int]], code: int) -> bool:
    return any(first <= code <= last for first, last in ranges)
