"""The names of what is bundled."""

from __future__ import annotations

import builtins
from fnmatch import fnmatchcase

from archspec.errors import UsageError


def list(pattern: str = "*") -> builtins.list[str]:
    """The names of the bundled specs, sorted.

    Arguments:
        pattern: Which of them: names, or families of networks, with `*`, `?` and `[…]` as in the names of files.

    Raises `UsageError` for a pattern that is no string; where nothing matches, the list is empty.

        >>> import archspec
        >>> archspec.list("resnet5?")
        ['resnet50']
    """
    from archspec.language import bundled_specs

    if not isinstance(pattern, str):
        raise UsageError(f"`pattern` must be a string, found {pattern!r:.80}")
    found = bundled_specs().items()
    return sorted(name for name, path in found if any(fnmatchcase(text, pattern) for text in (name, path.parent.name)))
