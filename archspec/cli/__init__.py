"""The command line. One file a subcommand; only here is anything printed, and only here does the program end."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

_LOADER = "pydantic.plugin._loader"
"""Where pydantic looks through all installed packages for plugins, which takes longer than validating a spec, and even
with `PYDANTIC_DISABLE_PLUGINS` imports what it would look with."""

_GARBAGE = 1_000_000
"""New objects after which garbage is looked for: a spec leaves two thousand, a hundred bytes each."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; without `arguments`, those of the process."""
    # What a program imports stays until it ends: looking through it for garbage would take a fifth of a validation.
    gc.set_threshold(_GARBAGE, 10, 10)
    atexit.register(gc.freeze)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if _LOADER not in sys.modules:
        none = sys.modules[_LOADER] = ModuleType(_LOADER, "No plugins.")
        none.__dict__["get_plugins"] = tuple
    from archspec.cli.app import program

    program.main(arguments)


def run() -> NoReturn:
    """The program as a process of its own, which ends at once, without taking apart all that it imported."""
    try:
        main()
    except SystemExit as end:
        if "torch" in sys.modules:  # it has threads and files to close
            raise
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except BrokenPipeError:
            pass  # whoever read has seen enough
        except OSError:
            raise end from None
        os._exit(end.code if isinstance(end.code, int) else 1)


__all__ = ["main", "run"]
