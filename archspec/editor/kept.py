"""What is made of an analysis once, and lives as long as it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from archspec.editor.analysis import Analysis

T = TypeVar("T")


def kept(make: Callable[[Analysis], T]) -> Callable[[Analysis], T]:
    """A function of an analysis that remembers its answers, which must not hold the analysis."""
    known: WeakKeyDictionary[Analysis, T] = WeakKeyDictionary()

    @wraps(make)
    def found(analysis: Analysis) -> T:
        if analysis not in known:
            known[analysis] = make(analysis)
        return known[analysis]

    return found
