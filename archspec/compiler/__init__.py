"""Spec to graph: blocks and stages expanded, types inferred, shortcuts inserted, references looked up, in one walk."""

from archspec.compiler.budget import check_budget, enforce_budget
from archspec.compiler.compile import analyze, check, compile_spec
from archspec.compiler.exported import check_exports, check_formats

__all__ = [
    "analyze",
    "check",
    "check_budget",
    "check_exports",
    "check_formats",
    "compile_spec",
    "enforce_budget",
]
