"""Finds a pattern in texts, in a time that grows with the text alone. framework/pattern/search.ts does the same."""

from typing import Any, Dict, FrozenSet, List, Optional, Tuple, Union

# What stands beside a place in a text.
NOTHING, WORD, OTHER = range(3)
WORDS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")

# States that are kept of known steps. They are forgotten at once, so that no text can take more and more memory.
MAXIMUM_KNOWN_STATES = 100_000


class Standing:
    """Where a search stands between two characters: the states that it may be in, and the steps that are known from here."""

    def __init__(self, states: Tuple[int, ...], before: int) -> None:
        self.states = states
        self.before = before
        self.steps: Dict[str, Union["Standing", bool]] = {}
        self.found_at_end: Optional[bool] = None


class Search:
    """A pattern as framework/pattern/automaton.ts describes it."""

    def __init__(self, pattern: Dict[str, Any]) -> None:
        self.states: List[Dict[str, Any]] = pattern["states"]
        self.start: int = pattern["start"]
        self.forget()

    def forget(self) -> None:
        self.size = 0
        self.known: Dict[Tuple[Tuple[int, ...], int], Standing] = {}
        self.first = self.standing((self.start,), NOTHING)

    def finds(self, text: str) -> bool:
        standing = self.first
        for character in text:
            after = standing.steps.get(character) or self.step(standing, character)
            if after is True:
                return True
            standing = after
        if standing.found_at_end is None:
            standing.found_at_end = 0 in self.passed(standing, NOTHING)
        return standing.found_at_end

    def step(self, origin: Standing, character: str) -> Any:
        if self.size > MAXIMUM_KNOWN_STATES:
            self.forget()
        neighbour = WORD if character in WORDS else OTHER
        passed = self.passed(origin, neighbour)
        after = True if 0 in passed else self.standing(self.after(passed, ord(character)), neighbour)
        origin.steps[character] = after
        self.size += 1
        return after

    def passed(self, standing: Standing, after: int) -> FrozenSet[int]:
        """The states that are reached without a character: `after` is what comes next."""
        passed = set(standing.states)
        waiting = list(standing.states)
        while waiting:
            state = self.states[waiting.pop()]
            if "take" in state or ("at" in state and not is_at(state["at"], standing.before, after)):
                continue
            new = set(state["to"]) - passed
            passed |= new
            waiting.extend(new)
        return frozenset(passed)

    def after(self, passed: FrozenSet[int], code: int) -> Tuple[int, ...]:
        """A search begins anew at every character."""
        after = {self.start}
        for number in passed:
            state = self.states[number]
            if any(first <= code <= last for first, last in state.get("take", ())):
                after.update(state["to"])
        return tuple(sorted(after))

    def standing(self, states: Tuple[int, ...], before: int) -> Standing:
        known = self.known.get((states, before))
        if known is None:
            known = self.known[(states, before)] = Standing(states, before)
            self.size += len(states)
        return known


def is_at(position: str, before: int, after: int) -> bool:
    if position == "start":
        return before == NOTHING
    if position == "end":
        return after == NOTHING
    return (before == WORD) != (after == WORD)
