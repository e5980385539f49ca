"""Work on many files, by several processes where there are processors for them."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_ITEMS_A_PROCESS = 8
"""Items for which another process is worth its start."""


def spread(function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """What a function gives for each item, in their order; what it raises is raised in its turn.

    What a process of its own leaves out, as it fails or is ended, is computed here.
    """
    shares = min(_processors(), len(items) // _ITEMS_A_PROCESS)
    found: dict[int, R] = {}
    if shares > 1 and _may_fork():
        # what the first one imports and remembers is there for all
        found |= _computed(function, [(0, items[0])])
        rest = [*enumerate(items)][1:]
        others = [_start(function, rest[share::shares]) for share in range(1, shares)]
        found |= _computed(function, rest[::shares])
        for pid, reader in others:
            found |= _received(pid, reader)
    for number, item in enumerate(items):
        yield found[number] if number in found else function(item)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _may_fork() -> bool:
    """Whether a copy of this process would be sound: one with threads may hold locks that nobody opens."""
    return hasattr(os, "fork") and threading.active_count() == 1 and "torch" not in sys.modules


def _computed(function: Callable[[T], R], items: list[tuple[int, T]]) -> dict[int, R]:
    """What a function gives for numbered items, up to the first one for which it raises."""
    found: dict[int, R] = {}
    try:
        for number, item in items:
            found[number] = function(item)
    except Exception:
        return found
    return found


def _start(function: Callable[[T], R], items: list[tuple[int, T]]) -> tuple[int, int]:
    """A process that computes some items: its number, and where it writes what it found."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    try:
        os.close(reader)
        with os.fdopen(writer, "wb") as file:
            import pickle

            pickle.dump(_computed(function, items), file, pickle.HIGHEST_PROTOCOL)
        os._exit(0)
    finally:
        # whatever happens, nothing of the parent goes on here
        os._exit(1)


def _received(pid: int, reader: int) -> dict[int, Any]:
    import pickle

    with os.fdopen(reader, "rb") as file:
        data = file.read()
    _, status = os.waitpid(pid, 0)
    found: dict[int, Any] = pickle.loads(data) if status == 0 else {}
    return found
