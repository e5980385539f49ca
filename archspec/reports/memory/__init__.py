"""The memory that a network needs, and its forms."""

from archspec.reports.memory.memory import DTYPES, OPTIMIZERS, Memory, memory
from archspec.reports.memory.need import Need

__all__ = ["DTYPES", "OPTIMIZERS", "Memory", "Need", "memory"]
