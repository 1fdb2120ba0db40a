"""A driver that stays up for a run: it takes steps from a directory, does them, and puts the results there."""

import re
import threading
import time
from typing import Any, Callable, Dict, Optional, Set

from pyspark import InheritableThread
from pyspark.sql import SparkSession
from storage import Storage

# Between two looks at the directory: often after a step has come or ended, so that the next one does not wait, and then less and less.
SHORTEST_PAUSE = 0.05
LONGEST_PAUSE = 1.0
# The coordinator writes `alive.json` anew every half a minute. Nobody is waiting for results any more if it does not.
SILENCE_SECONDS = 300.0

Attempt = Callable[[SparkSession, Dict[str, Any]], Dict[str, Any]]


def serve(spark: SparkSession, directory: str, attempt: Attempt, idle_seconds: Optional[float]) -> None:
    storage = Storage(spark)
    taken: Set[str] = set()
    canceled: Set[str] = set()
    threads = []
    ended = threading.Event()
    pulse = Pulse(storage, f"{directory}/alive.json")
    pause = SHORTEST_PAUSE
    busy_at = time.monotonic()
    while pulse.is_heard():
        names = storage.names(directory)
        if "stop.json" in names:
            break
        done = {step(name) for name in names if name.endswith(".result.json")}
        new = [step(name) for name in names if name.endswith(".spec.json") and step(name) not in taken | done]
        for name in sorted(new, key=int):
            taken.add(name)
            threads.append(start(spark, f"{directory}/{name}", attempt, ended))
        for name in {step(name) for name in names if name.endswith(".cancel.json")} - canceled:
            canceled.add(name)
            spark.sparkContext.cancelJobGroup(f"{directory}/{name}")
        if new or any(thread.is_alive() for thread in threads):
            busy_at = time.monotonic()
        elif idle_seconds is not None and time.monotonic() - busy_at > idle_seconds:
            break
        pause = SHORTEST_PAUSE if new or ended.is_set() else min(LONGEST_PAUSE, pause * 1.2)
        ended.clear()
        ended.wait(pause)
    for thread in threads:
        if thread.is_alive():
            spark.sparkContext.cancelAllJobs()
            thread.join(30)


def step(name: str) -> str:
    number = re.match(r"\d+", name)
    return number[0] if number else name


def start(spark: SparkSession, place: str, attempt: Attempt, ended: threading.Event) -> threading.Thread:
    storage = Storage(spark)

    def work() -> None:
        # Jobs of a thread carry its group, by which they are canceled.
        spark.sparkContext.setJobGroup(place, place, interruptOnCancel=True)
        result = attempt(spark, storage.read_json(f"{place}.spec.json"))
        storage.write_json(f"{place}.result.json", result)
        ended.set()

    thread = InheritableThread(target=work, daemon=True)
    thread.start()
    return thread


class Pulse:
    """Whether the coordinator has been heard of lately, by this machine's own clock: the content of its note has to change."""

    def __init__(self, storage: Storage, uri: str) -> None:
        self._storage = storage
        self._uri = uri
        self._last: Any = None
        self._heard_at = time.monotonic()
        self._looked_at = 0.0

    def is_heard(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at > 15:
            self._looked_at = now
            note = self._storage.read_json(self._uri)
            if note != self._last:
                self._last, self._heard_at = note, now
        return now - self._heard_at < SILENCE_SECONDS
