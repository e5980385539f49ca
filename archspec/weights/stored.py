"""What is known of a tensor without its values."""

from __future__ import annotations

from archspec.records import record

WIDTHS = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "float8_e4m3fn": 1, "float8_e5m2": 1,
    "complex128": 16, "complex64": 8, "int64": 8, "int32": 4, "int16": 2, "int8": 1,
    "uint64": 8, "uint32": 4, "uint16": 2, "uint8": 1, "bool": 1, "quint8": 1, "qint8": 1, "qint32": 4,
}  # fmt: skip
"""The bytes of a value of each type, as torch calls it."""


@record
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


@record
class Location:
    """Where the values of a tensor stand in a file: the byte of the first one, and the steps in values along each
    dimension; `swapped` says that the bytes of each stand in the reverse of this machine's order."""

    start: int
    strides: tuple[int, ...]
    swapped: bool
