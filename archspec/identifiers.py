"""What names look like, wherever they are read."""

NAME = r"[a-z][a-z0-9_]*"
"""Of an op, a block or a stage."""
VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
"""Of a parameter, an input, a symbolic size: what an expression can mention."""
PART = r"[A-Za-z0-9_-]+"
"""The name of a part of a value, or one part of a dotted name."""
