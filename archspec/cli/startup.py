"""What pydantic does as it is imported and no command needs, which takes longer than validating a spec."""

from __future__ import annotations

import os
import sys
from types import ModuleType

_PLUGINS = "pydantic.plugin._loader"
"""Where pydantic looks through all installed packages for plugins; even with `PYDANTIC_DISABLE_PLUGINS` it imports what
it would look with."""


def lighten() -> None:
    """Let pydantic look for no plugins, where it is not imported yet."""
    if "pydantic" in sys.modules:
        return
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    none = sys.modules[_PLUGINS] = ModuleType(_PLUGINS, "No plugins.")
    none.__dict__["get_plugins"] = tuple
