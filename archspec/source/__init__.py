"""YAML text to a tree of values with positions, and all its mistakes as diagnostics."""

from archspec.source.characters import forbidden
from archspec.source.reader import read_file, read_text
from archspec.source.tree import Mapping, Scalar, Sequence, Tree, plain

__all__ = ["Mapping", "Scalar", "Sequence", "Tree", "forbidden", "plain", "read_file", "read_text"]
