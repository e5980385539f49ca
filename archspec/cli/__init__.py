"""The command line. One file a subcommand; only here is anything printed, and only here does the program end."""

import os

# pydantic would look through all installed packages for plugins, which takes longer than validating a spec
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from archspec.cli.app import main

__all__ = ["main"]
