"""A module as torch.export sees it: the operations of its training mode, in order, and where each of them stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import fx, nn

from archspec.importer.report import Refusal, refused
from archspec.records import record


@dataclass(eq=False)
class Step:
    """One value of a traced module: an operation with its arguments, which are numbers, lists, and other steps; or an
    input, or the weight with a `key`.

    `op` is the operation's name and overload, such as `conv2d.default`; `shapes` are those of its results, the batch in
    front. `module` is the path of what runs it, `line` that of its source.
    """

    name: str
    op: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    shapes: tuple[tuple[int, ...], ...] = ()
    key: str | None = None
    module: str = ""
    line: str = ""
    users: list[Step] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its value, the batch in front."""
        return self.shapes[0] if self.shapes else ()

    @property
    def base(self) -> str:
        """The operation's name without its overload, nor the mark of one that works in place."""
        return self.op.partition(".")[0].removesuffix("_")

    @property
    def taken(self) -> list[Step]:
        """The steps among its arguments."""
        return [one for value in (*self.args, *self.kwargs.values()) for one in _steps(value)]


@record(eq=False)
class Traced:
    """The steps of a module in order, its inputs among them, and those that it returns."""

    steps: tuple[Step, ...]
    inputs: tuple[Step, ...]
    outputs: tuple[Step, ...]


def trace(module: nn.Module, inputs: Sequence[torch.Tensor], name: str) -> Traced:
    """Trace a module in training mode, which shows dropout and the updates of statistics as evaluation does not.

    Raises `CannotImport` for a module that torch cannot trace, in its words.
    """
    was = {one: one.training for one in module.modules()}
    module.train()
    try:
        exported = torch.export.export(module, tuple(inputs), strict=False)
    except Exception as error:  # torch raises errors of many kinds, and modules their own
        line = next((text.strip() for text in str(error).splitlines() if text.strip()), type(error).__name__)
        raise refused(name, [Refusal("torch.export", "", "", f"it cannot trace the module: {line}")]) from error
    finally:
        for one, training in was.items():
            one.training = training
    signature = exported.graph_signature
    keys = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    keys |= signature.inputs_to_lifted_tensor_constants
    found: dict[fx.Node, Step] = {}
    for node in exported.graph.nodes:
        if node.op in ("placeholder", "call_function"):
            found[node] = _step(node, keys, found)
    by_name = {step.name: step for step in found.values()}
    output = next(node for node in exported.graph.nodes if node.op == "output")
    returned = tuple(found[one] for one in output.args[0] if one.name in signature.user_outputs)
    return Traced(tuple(found.values()), tuple(by_name[one] for one in signature.user_inputs), returned)


def _step(node: fx.Node, keys: Mapping[str, str], found: Mapping[fx.Node, Step]) -> Step:
    args = tuple(_argument(one, found) for one in node.args)
    kwargs = {name: _argument(one, found) for name, one in node.kwargs.items()}
    op = "" if node.op == "placeholder" else str(node.target).removeprefix("aten.")
    value = node.meta.get("val")
    values = value if isinstance(value, (list, tuple)) else [value]
    shapes = tuple(tuple(int(size) for size in one.shape) for one in values if isinstance(one, torch.Tensor))
    step = Step(node.name, op, args, kwargs, shapes, keys.get(node.name), *_where(node))
    for one in step.taken:
        one.users.append(step)
    return step


def _argument(value: Any, found: Mapping[fx.Node, Step]) -> Any:
    if isinstance(value, fx.Node):
        return found[value]
    return [_argument(one, found) for one in value] if isinstance(value, (list, tuple)) else value


def _steps(value: Any) -> list[Step]:
    if isinstance(value, list):
        return [one for inner in value for one in _steps(inner)]
    return [value] if isinstance(value, Step) else []


def _where(node: fx.Node) -> tuple[str, str]:
    """The path of the module that runs an operation, and the line of its source."""
    stack = node.meta.get("nn_module_stack") or {}
    path = str([*stack.values()][-1][0]) if stack else ""
    frames = re.findall(r'File "([^"]+)", line (\d+), in \w+\n\s*(.+)', node.meta.get("stack_trace") or "")
    if not frames:
        return path, ""
    file, line, text = frames[-1]
    return path, f"{file}:{line}: {text.strip()}"
