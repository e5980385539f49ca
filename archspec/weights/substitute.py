"""Keys by regular expressions. Run as a program of its own where patterns might take for ever."""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

KEY_LENGTH = 2000
"""Characters of a key, before and after a rename. The program of its own sees no archspec/limits.py."""

_TENSORS = 2**16
_MEMORY = 2**28
_HELP = "write it without a repeat inside a repeat"


class Step(NamedTuple):
    """A rule: what it does, its pattern, and what takes the place of a match.

    It may `ignore`, `rename`, `mark`, `split` or `concat`; what is marked stays as it is, and others do something to
    the tensor.
    """

    kind: str
    pattern: str
    replacements: Sequence[str] = ()


class Item(NamedTuple):
    """What has become of a key: the key now, the numbers of the steps that met it, and the number of the key before.

    It may be one `part` of several that the tensor was split into, or made `of` several others.
    """

    key: str
    source: int = 0
    marks: Sequence[int] = ()
    part: int = 0
    parts: int = 1
    of: Sequence[Item] = ()


class Stopped(Exception):
    """A step that is not carried out, by its number, and why."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(number, reason)
        self.number, self.reason = number, reason


def substitute(steps: Sequence[Step], keys: Sequence[str], network: Sequence[str] = ()) -> list[Item]:
    """What becomes of the keys of a file after all steps in order, each as `re.sub` replaces; `concat` searches the
    keys of the network.

    Raises `Stopped` for a key that grows too long, for too many of them, and whatever else stops a step.
    """
    items = [Item(key, source) for source, key in enumerate(keys)]
    for number, (kind, pattern, replacements) in enumerate(steps):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what a later Python may read otherwise
                compiled = re.compile(pattern)
            replace = _replacing(compiled, replacements)
            if kind == "concat":
                after = _put_together(items, network, compiled, replace, number)
            else:
                after = (new for item in items for new in _KINDS[kind](item, compiled, replace, number))
            items = list(islice(after, _TENSORS + 1))
            if len(items) > _TENSORS:
                raise _Beyond(f"makes more than {_TENSORS:,} tensors")
        except (ArithmeticError, LookupError, MemoryError, TimeoutError, ValueError, RecursionError, re.error) as error:
            raise Stopped(number, str(error) if isinstance(error, (TimeoutError, _Beyond)) else "") from None
    return items


class _Beyond(ValueError):
    pass


_Replace = Callable[[str], Iterable[str]]


def _replacing(compiled: re.Pattern[str], replacements: Sequence[str]) -> _Replace:
    def replace(key: str) -> Iterator[str]:
        for replacement in replacements:
            found = compiled.sub(replacement, key)
            if len(found) > KEY_LENGTH:
                raise _Beyond(f"makes keys too long, such as `{found[:60]}…`")
            yield found

    return replace


def _ignore(item: Item, compiled: re.Pattern[str], replace: _Replace, number: int) -> Iterator[Item]:
    if not compiled.search(item.key):
        yield item


def _rename(item: Item, compiled: re.Pattern[str], replace: _Replace, number: int) -> Iterator[Item]:
    (key,) = replace(item.key)
    yield item if key == item.key else item._replace(key=key, marks=[*item.marks, number])


def _mark(item: Item, compiled: re.Pattern[str], replace: _Replace, number: int) -> Iterator[Item]:
    yield item._replace(marks=[*item.marks, number]) if compiled.search(item.key) else item


def _split(item: Item, compiled: re.Pattern[str], replace: _Replace, number: int) -> Iterator[Item]:
    if item.parts > 1 or not compiled.search(item.key):
        yield item
        return
    keys = list(replace(item.key))
    for part, key in enumerate(keys):
        yield item._replace(key=key, marks=[*item.marks, number], part=part, parts=len(keys))


_KINDS = {"ignore": _ignore, "rename": _rename, "mark": _mark, "split": _split}


def _put_together(
    items: Sequence[Item], network: Sequence[str], compiled: re.Pattern[str], replace: _Replace, number: int
) -> Iterator[Item]:
    """The items that are no part of another, then those that are made of parts which are all there."""
    known = {item.key: item for item in items}
    made, used = [], set()
    for key in network:
        if key in known or not compiled.search(key):
            continue
        parts = list(replace(key))
        if all(part in known and not known[part].of for part in parts):
            made.append(Item(key, marks=[number], of=[known[part] for part in parts]))
            used.update(parts)
    yield from (item for item in items if item.key not in used)
    yield from made


def restored(found: Sequence[Sequence[object]]) -> list[Item]:
    """The items that the program has written."""
    items = [Item(*item) for item in found]  # type: ignore[arg-type]
    return [item._replace(of=restored(item.of)) for item in items]


def _main() -> None:
    """Read seconds of processor time, steps and keys, and write what `substitute` gives, or why it stops."""
    seconds, steps, keys, network = json.load(sys.stdin)
    try:
        import resource
        import signal
    except ImportError:  # on Windows, whoever started this ends it
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))

        def late(*_: object) -> None:
            raise TimeoutError(f"takes more than {seconds:.2g} s on these keys, with those before it; {_HELP}")

        # a search that backtracks looks for signals now and then
        signal.signal(signal.SIGVTALRM, late)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        result: object = substitute([Step(*step) for step in steps], keys, network)
    except Stopped as stopped:
        result = {"number": stopped.number, "reason": stopped.reason}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    _main()
