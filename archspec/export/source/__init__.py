"""A graph as Python source that somebody could have written: classes, parameters, statements, layout."""

from archspec.export.source.file import source
from archspec.export.source.permitted import check_source

__all__ = ["check_source", "source"]
