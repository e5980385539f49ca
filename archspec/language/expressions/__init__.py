"""Expressions and the texts that hold them: read once, computed where they stand."""
