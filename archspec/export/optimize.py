"""Batch normalization folded into the convolutions and linear layers before it, for inference."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import prod

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from archspec.errors import ExportError
from archspec.export.provenance import confirmed
from archspec.export.subject import exportable
from archspec.export.verify import Verification
from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Value
from archspec.graph.rewrite import replaced
from archspec.ops import OPS
from archspec.records import record
from archspec.torch_backend import build_module
from archspec.torch_backend.origin import origin, remember, state_digest
from archspec.types.sizes import Size

_TOLERANCE = 1e-4
_STATISTICS = {"running_mean", "running_var"}


@record
class Optimized:
    """A network for inference alone.

    Of `norms` batch normalizations `folded` are gone, and with them `saved` multiply-adds for one sample, one for each
    value that they gave.
    """

    graph: Graph
    model: nn.Module
    folded: int
    norms: int
    saved: Size

    def __str__(self) -> str:
        folded = f"folded {self.folded} of {self.norms} batch normalizations"
        return f"{folded}: {self.saved:,} fewer multiply-adds per sample"


def fold_norms(graph: Graph, model: nn.Module) -> Optimized:
    """The network with every batch normalization folded that follows a convolution or linear layer of its own.

    In eval mode, such a pair computes a·(W x + b) + c, which is one layer with the weights a·W and the bias a·b + c
    (Jacob et al. 2017, Quantization and Training of Neural Networks, section 3.2). The layer gets the bias, where it
    had none, and the normalization becomes an identity; `model` stays as it is. Raises `ExportError` where the module
    is not the graph's, or where the result computes something else.
    """
    pairs = _pairs(graph)
    ops = {layer: layer.op.model_copy(update={"bias": True}) for layer, _, _ in pairs.values()}
    ops |= {norm: OPS["identity"]() for norm in pairs}
    folded = replaced(graph, ops)
    with exportable(graph, model) as subject:
        state = subject.state
        made = confirmed(origin(model), graph, state)
        network = build_module(folded, "cpu", seed=0)
        network.load_state_dict(_state(dict(state), pairs))
        remember(network, replace(made, optimized=True, state=state_digest(network.state_dict())))
        with exportable(folded, network) as other:
            try:
                Verification(subject).compare(other.run, _TOLERANCE)
            except ExportError as error:
                raise ExportError(f"`{graph.name}` cannot be optimized: {error}") from error
    norms = sum(_is_batch_norm(node) for _, node in graph.nodes())
    saved: Size = sum(prod(norm.output.type.shape) for norm in pairs if norm.output.type is not None)
    return Optimized(folded, network.train(model.training), len(pairs), norms, saved)


def _is_batch_norm(node: Node) -> bool:
    return node.traits.norm in ("batch", "frozen") and {weight.name for weight in node.weights} >= _STATISTICS


def _is_plain(node: Node) -> bool:
    """Whether the output channels of a layer stand along one axis of a weight of its own, each perhaps with a bias."""
    owns = any(weight.name == "weight" for weight in node.weights)
    return owns and node.traits.output_axis is not None and "bias" in type(node.op).model_fields


def _pairs(graph: Graph) -> dict[Node, tuple[Node, str, str]]:
    """The normalizations to fold, each with the layer before it and the paths of both."""
    running = set(graph.root.nodes(running=True))
    uses: Counter[Value] = Counter(graph.outputs.values())
    for node in running:
        uses.update(node.inputs)
    owners = {owner for _, node in graph.nodes() for owner, _ in node.tied.values()}
    # what is shared with other places stays as it is
    own = {node for _, node in graph.nodes() if not (node.of or node.again or node.tied or node in owners)}
    layers = {node.output: (path, node) for path, node in graph.nodes() if node in own and _is_plain(node)}
    found: dict[Node, tuple[Node, str, str]] = {}
    for path, node in graph.nodes():
        if node not in running or node not in own:
            continue
        before = layers.get(node.source) if node.source else None
        if _is_batch_norm(node) and before is not None and uses[node.inputs[0]] == 1:
            found[node] = (before[1], before[0], path)
    return found


def _state(state: dict[str, Tensor], pairs: dict[Node, tuple[Node, str, str]]) -> dict[str, Tensor]:
    """The weights of the folded network, computed in double precision."""
    for norm, (layer, at, path) in pairs.items():
        state.pop(f"{path}.num_batches_tracked", None)
        mean, variance = (state.pop(f"{path}.{name}").double() for name in ("running_mean", "running_var"))
        factor = state.pop(f"{path}.weight", torch.ones_like(mean)).double()
        shift = state.pop(f"{path}.bias", torch.zeros_like(mean)).double()
        weight, eps = state[f"{at}.weight"], dict(norm.op.full(*norm.types)).get("eps", 0.0)
        bias = state.get(f"{at}.bias", torch.zeros_like(mean)).double()
        turned = layer.traits.output_axis == 1
        fused = fuse_conv_bn_weights(weight.double(), bias, mean, variance, eps, factor, shift, turned)
        state[f"{at}.weight"], state[f"{at}.bias"] = (part.detach().to(weight.dtype) for part in fused)
    return state
