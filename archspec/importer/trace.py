"""A module as torch.export sees it: the operations of its training mode, in order, and where each of them stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from archspec.importer.report import CannotImport, Refusal
from archspec.records import record


@record(eq=False)
class Traced:
    """The operations of a module: nodes of torch's graph, the keys of its weights by the names of their placeholders,
    and its inputs."""

    graph: torch.fx.Graph
    weights: Mapping[str, str]
    inputs: tuple[str, ...]
    tensors: Mapping[str, torch.Tensor]


def trace(module: nn.Module, inputs: Sequence[torch.Tensor], name: str) -> Traced:
    """Trace a module in training mode, which shows dropout and the updates of statistics as evaluation does not.

    Raises `CannotImport` for a module that torch cannot trace, in its words.
    """
    was = module.training
    module.train()
    try:
        exported = torch.export.export(module, tuple(inputs), strict=False)
    except Exception as error:  # torch raises errors of many kinds, and modules their own
        line = next((text.strip() for text in str(error).splitlines() if text.strip()), type(error).__name__)
        raise CannotImport(name, (Refusal("torch.export", "", "", f"it cannot trace the module: {line}"),)) from error
    finally:
        module.train(was)
    signature = exported.graph_signature
    weights = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    constants = dict(signature.inputs_to_lifted_tensor_constants)
    tensors = {**exported.state_dict, **exported.constants}
    return Traced(exported.graph, {**weights, **constants}, tuple(signature.user_inputs), tensors)


def where(node: torch.fx.Node) -> tuple[str, str]:
    """The path of the module that runs an operation, and the line of its source."""
    stack = node.meta.get("nn_module_stack") or {}
    path = str([*stack.values()][-1][0]) if stack else ""
    trace = re.findall(r'File "([^"]+)", line (\d+), in \w+\n\s*(.+)', node.meta.get("stack_trace") or "")
    if not trace:
        return path, ""
    file, line, text = trace[-1]
    return path, f"{file}:{line}: {text.strip()}"


def shape_of(value: Any) -> tuple[int, ...]:
    """The sizes of a value of the graph."""
    found = value.meta["val"]
    return tuple(int(size) for size in found.shape)
