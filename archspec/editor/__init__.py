"""What is known of a text at a position: findings, hints, pages, completions, places, edits.

A library without a protocol: texts in memory, offsets in characters, plain dataclasses as answers. It starts no thread
and no process, and reads what is not open from disk.
"""

from archspec.editor.analysis import Analysis
from archspec.editor.text import Range, Text
from archspec.editor.workspace import Workspace

__all__ = ["Analysis", "Range", "Text", "Workspace"]
