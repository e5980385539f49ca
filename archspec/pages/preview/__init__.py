"""The page of a network beside the editor: served to this machine alone, and new whenever its file is."""

from archspec.pages.preview.serving import Serving
from archspec.pages.preview.state import State

__all__ = ["Serving", "State"]
