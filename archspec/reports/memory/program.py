"""A graph as the steps that its module takes: what each makes, keeps for its gradient, and what may be freed after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from archspec.errors import UsageError
from archspec.graph.facts import Facts
from archspec.graph.graph import Graph
from archspec.graph.inplace import in_place
from archspec.graph.nodes import Node, Scope, Value
from archspec.ops.traits import Traits
from archspec.records import record
from archspec.types.kept import BYTES, Kept, held
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType

Checkpointing: TypeAlias = Literal["none", "blocks", "full"]


@record
class Need:
    """An input whose gradient is computed: its bytes, and whether that is the gradient of the output, passed on."""

    value: Value
    size: int
    passed: bool


@dataclass(slots=True, eq=False)
class Step:
    """One node of a run: the values that it makes with their bytes, and of which input they are where they `share`.

    It keeps the inputs and outputs in `saves` and `own` bytes, and needs `spare` bytes while it runs; `weights` are the
    trainable bytes of the node `owner` whose module it runs.
    """

    gives: tuple[tuple[Value, int], ...]
    shares: Value | None
    saves: tuple[Value, ...]
    own: int
    spare: int
    needs: tuple[Need, ...]
    owner: Node
    weights: int


@dataclass(slots=True, eq=False)
class Drop:
    """A value that nobody needs any more."""

    value: Value


@dataclass(slots=True, eq=False)
class Region:
    """Steps that keep nothing but what they take, and run again when their gradient is computed."""

    takes: tuple[Value, ...]
    items: list[Item] = field(default_factory=list)


Item: TypeAlias = Step | Drop | Region

_UNITS = ("block", "residual", "seq", "parallel", "within")
_CONTAINERS = ("stage", "repeat")


class Program:
    """The steps of a graph for a batch, in a dtype, in training or not; what is checkpointed is a region."""

    def __init__(
        self, graph: Graph, batch: int, dtype: str, training: bool, checkpointing: Checkpointing = "none"
    ) -> None:
        self.batch, self.dtype, self.training = batch, dtype, training
        self.learned: set[Value] = set()
        self.kept: dict[Facts, tuple[Kept, Traits]] = {}
        self.inputs = [(value, self.size(value)) for value in graph.inputs.values()]
        self.outputs = [(value, self.size(value)) for value in dict.fromkeys(graph.outputs.values())]
        self.items: list[Item] = []
        self._scope(graph.root, self.items, checkpointing if training else "none")

    def typed(self, kind: TensorType) -> TensorType:
        """A type with the dtype of the network; token ids stay what they are."""
        return kind if kind.vocab is not None or kind.dtype == self.dtype else replace(kind, dtype=self.dtype)

    def rows(self, kind: TensorType) -> Size:
        """How often a value is there: for each sample, and each window of a sample."""
        return (self.batch if kind.batch else 1) * (1 if kind.frame is None else kind.frame.count)

    def size(self, value: Value) -> int:
        """The bytes of a value. Raises `UsageError` where its size is open."""
        assert value.type is not None
        return known(held(self.typed(value.type)) * self.rows(value.type))

    def _scope(self, scope: Scope, items: list[Item], checkpointing: Checkpointing) -> None:
        """Add the steps of a scope. Depth is bounded by the compiler."""
        last: dict[Value, int] = {}
        running = [item for item in scope.body if item.runs]
        for number, item in enumerate(running):
            last.update(dict.fromkeys((*item.gives, *item.takes), number))
        stays = {*scope.takes, *scope.inputs, *scope.captures, *scope.gives}
        dead: dict[int, list[Value]] = {}
        for value, number in last.items():
            if value not in stays:
                dead.setdefault(number, []).append(value)
        overwritten = in_place(scope.of or scope)
        for number, item in enumerate(running):
            if isinstance(item, Node):
                items.append(self._step(item, overwritten.get(item.of or item)))
            elif is_checkpointed(item, checkpointing):
                region = Region(item.takes)
                self._scope(item, region.items, checkpointing if item.kind in _CONTAINERS else "none")
                items.append(region)
            else:
                self._scope(item, items, checkpointing)
            items += map(Drop, dead.get(number, ()))

    def _known(self, node: Node) -> tuple[Kept, Traits]:
        facts = node.facts
        found = self.kept.get(facts)
        if found is None:
            assert node.output.type is not None
            kept = node.op.keeps(self.typed(node.output.type), *map(self.typed, node.types))
            if not self.training:
                # what would be kept is made, too, but by what only passes its input on
                spare = 0 if node.traits.passes else kept.spare + kept.own
                kept = Kept(shares=kept.shares or node.traits.passes, spare=spare)
            found = self.kept[facts] = kept, node.traits
        return found

    def _step(self, node: Node, overwrites: int | None) -> Step:
        kept, traits = self._known(node)
        output = node.output.type
        assert output is not None
        gives = tuple([(value, self.size(value)) for value in node.outputs])
        first = node.of or node
        trained = [weight for weight in first.weights if weight.trainable] if self.training else []
        weights = known(sum(weight.numel * BYTES[self.dtype] for weight in trained))
        inputs = tuple(dict.fromkeys(node.inputs))
        learned = [value for value in inputs if value in self.learned]
        shares = (
            node.inputs[overwrites] if overwrites is not None else node.inputs[0] if kept.shares and inputs else None
        )
        if kept.shares and not inputs:
            # a parameter is there anyway
            gives = tuple([(value, 0) for value in node.outputs])
        spare = known(kept.spare * self.rows(output))
        if not self.training or not (learned or trained):
            return Step(gives, shares, (), 0, spare, (), first, 0)
        self.learned.update(node.outputs)
        saved = [node.inputs[number] for number in kept.inputs]
        own = known(kept.own * self.rows(output) + kept.once)
        if overwrites is not None and node.inputs[overwrites] in saved:
            saved.remove(node.inputs[overwrites])
            if traits.restores:
                saved.append(node.output)
            else:
                own += gives[0][1]
        saved += [node.output] * kept.output
        passes = kept.shares or traits.join in ("sum", "concat")
        needs = []
        for value in learned:
            size = self.size(value)
            needs.append(Need(value, size, passes and (size == gives[0][1] or traits.join == "concat")))
        return Step(gives, shares, tuple(dict.fromkeys(saved)), own, spare, tuple(needs), first, weights)


def is_checkpointed(scope: Scope, checkpointing: Checkpointing) -> bool:
    """Whether a scope that stands in no block runs again for its gradient: a block, which holds no others in stages or
    repeats; of `full`, stages and repeats, too."""
    if checkpointing == "none":
        return False
    if scope.kind in _CONTAINERS:
        return checkpointing == "full"
    return scope.kind in _UNITS and not any(inner.kind in _CONTAINERS for inner in _inside(scope))


def checkpointed(graph: Graph, checkpointing: Checkpointing) -> list[str]:
    """The paths of all scopes that run again for their gradients, in the order in which they run."""
    found: list[str] = []
    stack: list[tuple[str, Scope, bool]] = [("", graph.root, False)]
    while stack:
        path, scope, is_one = stack.pop()
        if is_one:
            found.append(path)
        if is_one and scope.kind not in _CONTAINERS:
            continue
        inner = [item for item in scope.body if isinstance(item, Scope) and item.runs]
        prefix = f"{path}." if path else ""
        stack += [(prefix + item.name, item, is_checkpointed(item, checkpointing)) for item in reversed(inner)]
    return found


def _inside(scope: Scope) -> Iterator[Scope]:
    """All scopes in a scope."""
    stack: list[Scope] = [scope]
    while stack:
        inner = [item for item in stack.pop().body if isinstance(item, Scope)]
        yield from inner
        stack += inner


def known(size: Size) -> int:
    """A number of bytes. Raises `UsageError` where it depends on an open size."""
    if not isinstance(size, int):
        message = f"memory needs fixed sizes, and a value has {size} bytes: give `input_size`, or --input-size"
        raise UsageError(message)
    return size
