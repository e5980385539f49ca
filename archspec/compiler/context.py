"""What one compilation shares, and the limits that it keeps to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from archspec.diagnostics import Collector, Span
from archspec.graph.graph import Level
from archspec.graph.nodes import Node, Scope, Value
from archspec.language import UNKNOWN, BlockSpec, Nodes, NodeSpec, Spec
from archspec.limits import REPORTS
from archspec.ops import Init, Op, ShapeError
from archspec.types.call import Weight
from archspec.types.tensor import TensorType

ITEMS_A_STEP = 100
"""Items of lists, and characters of texts, that expressions compute with in one step."""
SYMBOLIC_STEPS = 8
"""Steps for which an op counts whose sizes are formulas, unless one of the same sizes has been before."""


class Abort(Exception):
    """The walk cannot go on: a limit is exceeded, and has been reported."""


class Skip(Exception):
    """This node has no value: something was reported, or an earlier error hides what it needs."""


@dataclass(slots=True, eq=False)
class Context:
    """What one compilation shares: the spec, its findings, its counters and what it has computed before.

    `walked` are the lists of nodes that the walk has come through, and `calls` says which block calls which, and where.
    What it came to and did not enter is put `aside`, with its surroundings: nodes that a `when` leaves out, that have a
    mistake, or that were passed to a block which does not place them. It `gives_up` where some value is unknown, which
    a mistake explains; `torn` are the modules and splits of which not all is known. `uses` are the names that
    expressions of a block, or of the spec, ask for, and the keys of the file; `owners` are what others are tied to,
    with the parameters of each by their names in it. Surroundings are a `Here`, which has the context with it. A
    `trace` keeps what the walk sees, for whoever asks.
    """

    spec: Spec
    collector: Collector
    params: Mapping[str, Any]
    walk: Callable[[Nodes, Any], Value]
    block_count: int = 1
    checking: bool = False
    counted: Span | None = None
    gives_up: bool = False
    strange_defaults: bool = False
    stages: int = 0
    blocks: int = 0
    nodes: int = 0
    visited: int = 0
    steps: int = 0
    asked: int = 0
    reports: int = 0
    levels: list[Level] = field(default_factory=list)
    instances: dict[Any, Op] = field(default_factory=dict)
    taken: dict[type[Op], frozenset[str]] = field(default_factory=dict)
    sound: set[Any] = field(default_factory=set)
    types: dict[tuple[int, ...], tuple[TensorType | ShapeError, Op, Any]] = field(default_factory=dict)
    alike: dict[TensorType, TensorType] = field(default_factory=dict)
    init: dict[str, dict[str, Init]] = field(default_factory=dict)
    usual: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sizes: dict[BlockSpec, int] = field(default_factory=dict)
    constraints: dict[str, int] = field(default_factory=dict)
    conditions: dict[Any, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    patterns: dict[Any, Any] = field(default_factory=dict)
    owners: dict[Node | Scope, dict[str, tuple[Node, Weight]]] = field(default_factory=dict)
    torn: set[Scope | NodeSpec] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)
    uses: dict[BlockSpec | None, tuple[Counter[str], Counter[str]]] = field(default_factory=dict)
    blamed: set[str] = field(default_factory=set)
    calls: dict[BlockSpec, dict[BlockSpec, Span]] = field(default_factory=dict)
    walked: set[Nodes] = field(default_factory=set)
    aside: dict[NodeSpec | Nodes, Any] = field(default_factory=dict)
    apart: Context | None = None
    top: Any = None
    trace: Any = None

    @property
    def checks(self) -> Context:
        """What the check of nodes that are no part of the graph shares: the same, but for counters and parameters."""
        if self.checking:
            return self
        if self.apart is None:
            unknown = dict.fromkeys(self.spec.params, UNKNOWN)
            own: dict[str, Any] = {"stages": 0, "blocks": 0, "nodes": 0, "visited": 0, "steps": 0, "levels": []}
            self.apart = replace(self, checking=True, params=unknown, **own)
        return self.apart

    def count_report(self, span: Span) -> None:
        """Count a finding. Raises `Abort` after very many."""
        self.reports += 1
        if self.collector.full or self.reports > REPORTS:
            self.collector.error("A108", "checking stopped here, after many findings", span, "fix them and try again")
            raise Abort
