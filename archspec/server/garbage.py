"""When garbage is looked for: an analysis that another takes the place of is garbage that goes round in circles."""

from __future__ import annotations

import asyncio
import gc
import time

_SHARE = 0.5
"""The most that is spent on it, of all time that is worked: it is after answers, and nobody waits for it."""

_REST = 2.0
"""Seconds without work after which what is left is looked for."""


class Garbage:
    """The search for garbage: between two answers, and when nothing is asked."""

    def __init__(self) -> None:
        self._due = 0.0
        self._later: asyncio.TimerHandle | None = None

    def collect_soon(self) -> None:
        """Look for garbage once what was answered is sent, if it is time to."""
        if self._later is not None:
            self._later.cancel()
        is_due = time.process_time() >= self._due
        self._later = asyncio.get_running_loop().call_later(0 if is_due else _REST, self._collect)

    def _collect(self) -> None:
        start = time.process_time()
        gc.collect()
        self._due = start + (time.process_time() - start) / _SHARE


def collect_seldom() -> None:
    """Leave it to `Garbage` for the most part: what was imported is none, and an analysis makes many objects, which are
    all garbage at once when the next takes its place."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
