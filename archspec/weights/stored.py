"""What is known of a tensor without its values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor without its values: its shape, and its dtype as torch calls it, empty where it is not known.

    `dense` says that it is an ordinary array: not sparse, not quantized, and with values.
    """

    shape: tuple[int, ...]
    dtype: str = ""
    dense: bool = True

    @property
    def floating(self) -> bool:
        """Whether it holds floating-point numbers."""
        return "float" in self.dtype
