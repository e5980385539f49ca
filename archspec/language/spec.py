"""A spec: everything a file says, read and checked as far as it can be without compiling."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from archspec.diagnostics import Collector, Diagnostic, Source, Span
from archspec.files import Stamp
from archspec.graph.rules import Rules
from archspec.language.expressions.template import Template
from archspec.language.extend import set_over
from archspec.language.models import Lint, ParameterType
from archspec.language.nodes import Argument, Nodes
from archspec.records import record
from archspec.source import Tree

NAMING = ("A252", "A301", "A302", "A303", "A308")
"""The codes of names that are not there; where a definition could not be read, that is no second mistake."""


@record(eq=False, repr=False)
class ParameterSpec:
    """A declared parameter, of a spec or of a block; required where there is no `default`."""

    name: str
    span: Span
    type: ParameterType | None = None
    default: Template | None = None
    least: float | None = None
    most: float | None = None
    choices: tuple[Any, ...] | None = None
    description: str = ""
    nodes: Nodes | None = None


@record(eq=False, repr=False)
class BlockSpec:
    """A block definition; one that is `inline` makes no module.

    `own` says that the spec's `defaults` hold inside: its file is the spec or one it extends. `siblings` are the blocks
    of an included file; `broken` says that it could not be read and was reported.
    """

    name: str
    span: Span
    parameters: dict[str, ParameterSpec]
    layers: Nodes
    numbered: bool = False
    description: str = ""
    own: bool = True
    bundled: bool = False
    siblings: Mapping[str, BlockSpec] = field(default_factory=dict)
    broken: bool = False
    inline: bool = False

    @property
    def principal(self) -> str | None:
        """The parameter that a bare value stands for: the first, where there is one."""
        return next(iter(self.parameters), None)


@record(eq=False, repr=False)
class Spec:
    """A spec, ready to be compiled.

    `tree` is the whole of it with positions; `inputs` has the one input under the name `input` unless the file names
    several. `default_names` are the ops and blocks that have `defaults`, with their places. `rules` make
    foreign weights the network's. `collector` holds the findings so far;
    `incomplete` says that a file of blocks is missing; `strange` are the keys that no file has. A file of blocks alone
    is no network: it has what it `lacks`. `files` are those that it was read from, as they were, and those that it
    names and that are missing; `texts` are the texts of those that were there, each with its own tree, by real path.
    """

    name: str
    tree: Tree
    source: Source
    collector: Collector
    params: dict[str, ParameterSpec] = field(default_factory=dict)
    inputs: dict[str, Argument] = field(default_factory=dict)
    norm: Argument | None = None
    act: Argument | None = None
    defaults: Mapping[str, Mapping[str, Argument]] = field(default_factory=dict)
    default_names: Mapping[str, Span] = field(default_factory=dict)
    init: Mapping[str, Argument] = field(default_factory=dict)
    blocks: dict[str, BlockSpec] = field(default_factory=dict)
    layers: Nodes | None = None
    outputs: dict[str, Argument] = field(default_factory=dict)
    budget: Mapping[str, Argument] = field(default_factory=dict)
    lint: Lint = field(default_factory=Lint)
    rules: Rules = field(default_factory=Rules)
    description: str = ""
    reference: str = ""
    spans: Mapping[str, Span] = field(default_factory=dict)
    incomplete: bool = False
    strange: frozenset[str] = frozenset()
    lacks: tuple[Diagnostic, ...] = ()
    files: Mapping[Path, Stamp | None] = field(default_factory=dict)
    texts: Mapping[Path, tuple[Source, Tree | None]] = field(default_factory=dict)

    def set_over(self, files: Collection[Source]) -> Iterator[tuple[str, Span]]:
        """The values on which shapes depend that some files set over a base: each as a whole, with its key."""
        return set_over(self.tree, files)

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.tree.span

    def __repr__(self) -> str:
        return f"Spec({self.name!r})"
