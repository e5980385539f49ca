"""Spec to graph: blocks and stages expanded, types inferred, shortcuts inserted, references resolved, in one walk."""

from archspec.compiler.budget import check_budget
from archspec.compiler.compile import analyze, compile_spec

__all__ = ["analyze", "check_budget", "compile_spec"]
