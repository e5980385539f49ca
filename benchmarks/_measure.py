"""Measuring: CPU time of calls and of whole processes, in turns, and tables of what came out.

Times are those that the processor spent, not those that passed, and two things are always measured in turns, A B B A:
another process on the machine then disturbs little, and both alike.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

Timed = Callable[[], float]
"""Does something once and gives the seconds that it took."""


class Skip(Exception):
    """A measurement that this environment does not allow, and why."""


@dataclass(frozen=True)
class Ratio:
    """How two times compare: the median of the pairs, and the interval that holds the true one 19 times in 20."""

    ours: float
    theirs: float
    median: float
    low: float
    high: float

    def within_noise(self, limit: float) -> bool:
        """Whether these pairs do not show that the ratio is above the limit."""
        return self.low <= limit

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.low:.3f} to {self.high:.3f}); {seconds(self.ours)} : {seconds(self.theirs)}"


@dataclass(frozen=True)
class Row:
    """A line of the table. `ok` is None where nothing is required."""

    what: str
    measured: str
    limit: str = ""
    ok: bool | None = None


def seconds(value: float) -> str:
    """A time to read."""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.1f} ms"


def timed(call: Callable[[], object]) -> Timed:
    """The CPU time of a call in this process; what it leaves behind is cleared away before the next."""

    def run() -> float:
        gc.collect()
        start = time.process_time()
        result = call()
        spent = time.process_time() - start
        del result
        return spent

    return run


def keep_memory() -> None:
    """Let glibc keep what is freed, where it is used: otherwise chance decides who of two is given fresh pages.

    To fill a fresh page takes as long as to draw random numbers for it, so this would be the larger half of a result.
    """
    trim_threshold, mmap_max = -1, -4
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(mmap_max, 0)
    except (OSError, AttributeError):
        pass


def timed_process(command: Sequence[str], allowed: Sequence[int] = (0,)) -> Timed:
    """The CPU time of a whole process, from start to end."""

    def run() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, env=environment())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in allowed:
            raise Skip(f"{' '.join(command[:4])} … ended with {done.returncode}: {_end(done.stdout + done.stderr)}")
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    return run


def environment() -> dict[str, str]:
    """The environment of processes: they import archspec from this checkout, compiled as an installed package is."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": ""}


def _end(text: str) -> str:
    return (text.strip().splitlines() or ["nothing was said"])[-1][:120]


def ratio(ours: Timed, theirs: Timed, pairs: int) -> Ratio:
    """Ours over theirs, in turns, each going first in every other pair; a first pair warms up and does not count."""
    ours(), theirs()
    found = []
    for turn in range(pairs):
        if turn % 2:
            their_time, our_time = theirs(), ours()
        else:
            our_time, their_time = ours(), theirs()
        found.append((our_time, their_time))
    ratios = sorted(a / b for a, b in found)
    ours_median, theirs_median = (statistics.median(times) for times in zip(*found, strict=True))
    return Ratio(ours_median, theirs_median, statistics.median(ratios), *_interval(ratios))


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % confidence interval of the median, from the order of the values; all of them where they are few."""
    count, rank, tail = len(values), 0, 0.5 ** len(values)
    while tail <= 0.025:
        rank += 1
        tail += comb(count, rank) * 0.5**count
    at = max(rank - 1, 0)
    return values[at], values[count - 1 - at]


def median(run: Timed, times: int) -> float:
    """The median time, after a first run that does not count."""
    run()
    return statistics.median(run() for _ in range(times))


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    return done.stdout.strip()


def print_table(rows: Sequence[Row]) -> None:
    """All rows, the columns as wide as they need to be."""
    cells = [("what", "measured", "at most", ""), *((r.what, r.measured, r.limit, _verdict(r)) for r in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    for number, row in enumerate(cells):
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
        if not number:
            print("  ".join("-" * width for width in widths).rstrip())


def _verdict(row: Row) -> str:
    return "" if row.ok is None else "ok" if row.ok else "OVER"
