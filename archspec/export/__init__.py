"""Artifacts of a network: each format a file here, verified against the module before anybody sees it."""

from archspec.export.export import export
from archspec.export.format import Format
from archspec.export.manifest import Manifest
from archspec.export.optimize import Optimized, fold_norms
from archspec.export.registry import DEFAULT, FORMATS, select

__all__ = ["DEFAULT", "FORMATS", "Format", "Manifest", "Optimized", "export", "fold_norms", "select"]
