"""The difference between two networks, and its forms: text, JSON, Markdown."""

from archspec.reports.diff.diff import Diff, diff

__all__ = ["Diff", "diff"]
