"""What `archspec list` lists: bundled specs, blocks and ops, and the specs and blocks in files of one's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from archspec.cli import targets
from archspec.errors import SpecError, UsageError
from archspec.records import record

if TYPE_CHECKING:
    from archspec.language import Spec
    from archspec.language.words import Word
    from archspec.types.sizes import Size

NUMBERS = ("params", "macs", "activations", "depth")
"""What a budget limits."""


@record
class Entry:
    """A spec, block or op. A spec has the numbers that a budget limits and the shapes of its inputs, or an `error`;
    `source` is its family, or the folder or file that it is in; `parity` says how equal a bundled one is to its
    original. Blocks and ops have `arguments`."""

    kind: Literal["spec", "block", "op"]
    name: str
    source: str
    text: str
    params: int | None = None
    macs: Size | None = None
    activations: Size | None = None
    depth: int | None = None
    inputs: dict[str, Any] | None = None
    arguments: tuple[str, ...] = ()
    parity: str = ""
    error: str = ""

    @property
    def told(self) -> str:
        """What people read of it: its error, or what it is."""
        return f"error: {self.error}" if self.error else self.text


Wanted = Callable[..., bool]
"""Whether one of some names is asked for."""


def matching(patterns: tuple[str, ...]) -> Wanted:
    """What has a name that one of the patterns matches, in upper or lower case; without a pattern, everything."""
    lower = [pattern.lower() for pattern in patterns]
    return lambda *names: not lower or any(fnmatchcase(name.lower(), pattern) for name in names for pattern in lower)


def bundled(wanted: Wanted, step: Callable[[str], None]) -> Iterator[Entry]:
    """The bundled specs, by family and name, then the bundled blocks, then all ops."""
    from archspec.language import bundled_blocks, bundled_specs, how_equal, read
    from archspec.language.words import op_word, word
    from archspec.ops import OPS

    families = {name: path.parent.name for name, path in bundled_specs().items()}
    for name in sorted(families, key=lambda name: (families[name], name)):
        family = families[name]
        if wanted(name, family, f"{family}/{name}"):
            step(name)
            yield replace(_spec(name, family, read(name)), parity=how_equal(name))
    for name in bundled_blocks():
        if wanted(name):
            yield _word(word(name), "block")
    for name in OPS:
        if wanted(name):
            yield _word(op_word(name), "op")


def own(paths: Iterable[str], wanted: Wanted, step: Callable[[str], None]) -> Iterator[Entry]:
    """The specs in files and folders, and the blocks in files of blocks alone. Raises `UsageError`."""
    from archspec.language.words import block_word

    for target in targets.find(paths):
        name = targets.name(target)
        step(name)
        spec = targets.spec_of(target)
        if not spec.lacks:
            stem = os.path.basename(name).rpartition(".")[0]
            if wanted(name, stem, spec.name, os.path.dirname(name)):
                yield _spec(name, os.path.dirname(name) or ".", spec)
            continue
        for block in spec.blocks.values():
            if wanted(name, block.name):
                yield _word(block_word(block), "block", name)


def _spec(name: str, source: str, spec: Spec) -> Entry:
    import archspec

    try:
        graph = archspec.compile(spec)
    except (SpecError, UsageError) as error:
        count = len(getattr(error, "diagnostics", ()))
        first = error.diagnostics[0].message if count else str(error)
        return Entry("spec", name, source, spec.reference, error=first + (f" and {count - 1} more" * (count > 1)))
    inputs = {key: value.type.shape for key, value in graph.inputs.items() if value.type}
    costs = {"params": graph.parameter_count} | {key: getattr(graph, key) for key in NUMBERS[1:]}
    return Entry("spec", name, source, graph.reference, inputs=inputs, **costs)


def _word(word: Word, kind: Literal["block", "op"], source: str = "") -> Entry:
    return Entry(kind, word.name, source, word.text, arguments=tuple(map(str, word.arguments)))
