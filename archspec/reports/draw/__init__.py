"""A network as a picture, and its forms: Mermaid and DOT."""

from archspec.reports.draw.draw import draw
from archspec.reports.draw.drawing import Drawing

__all__ = ["Drawing", "draw"]
