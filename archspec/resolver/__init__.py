"""Graph to spec: the way back, into the same language, with everything expanded and every default written out."""

from archspec.resolver.write_out import write_out

__all__ = ["write_out"]
