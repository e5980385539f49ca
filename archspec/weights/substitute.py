"""Keys by a regular expression. Run as a program of its own where a pattern might take for ever."""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Sequence


def substitute(pattern: str, replacement: str, keys: Sequence[str]) -> list[str]:
    """Each key with every match of the pattern replaced, as `re.sub` does it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a later Python may read otherwise
        found = re.compile(pattern)
    return [found.sub(replacement, key) for key in keys]


if __name__ == "__main__":
    json.dump(substitute(*json.load(sys.stdin)), sys.stdout)
