"""What each operation of torch is in the language: an entry an operation, or a kind of it."""

from archspec.importer.table import acts, arithmetic, attention, axes, layers, norms, pooling
from archspec.importer.table.entry import TABLE

__all__ = ["TABLE", "acts", "arithmetic", "attention", "axes", "layers", "norms", "pooling"]
