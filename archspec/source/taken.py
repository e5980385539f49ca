"""What reading has taken of the limits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Taken:
    """What the files of one spec have taken of its limits so far."""

    bytes: int = 0
    values: int = 0
