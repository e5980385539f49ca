"""A graph as Python source that somebody could have written: classes, parameters, statements, layout."""

from archspec.export.source.file import source

__all__ = ["source"]
