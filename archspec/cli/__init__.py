"""The command line. One file a subcommand; only here is anything printed, and only here does the program end."""

from __future__ import annotations

import atexit
import gc
import os
from collections.abc import Sequence
from typing import NoReturn

# pydantic would look through all installed packages for plugins, which takes longer than validating a spec
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

_GARBAGE = 1_000_000
"""New objects after which garbage is looked for: a spec leaves two thousand, a hundred bytes each."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; without `arguments`, those of the process."""
    # What a program imports stays until it ends: looking through it for garbage would take a fifth of a validation.
    gc.set_threshold(_GARBAGE, 10, 10)
    atexit.register(gc.freeze)
    from archspec.cli.app import program

    program.main(arguments)


__all__ = ["main"]
