"""Graph to spec: the way back, into the same language, with everything expanded and every default written out."""

from archspec.resolver.resolve import resolve

__all__ = ["resolve"]
