"""`python -m archspec`."""

from __future__ import annotations

from archspec.cli import run

if __name__ == "__main__":
    run()
