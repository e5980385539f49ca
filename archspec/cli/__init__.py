"""The command line. One file a subcommand; only here is anything printed, and only here does the program end."""

from archspec.cli.app import main

__all__ = ["main"]
