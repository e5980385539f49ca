"""What is exported: a network's graph and its module, ready to be run and traced."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stderr, suppress
from dataclasses import dataclass
from functools import cached_property, partial
from io import StringIO
from operator import itemgetter
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.fx.experimental import _config

from archspec.errors import ExportError
from archspec.export.culprit import whole
from archspec.export.quiet import quiet
from archspec.export.samples import Sizes, batch_name, choose_sizes, probes, random_inputs, symbols
from archspec.graph.graph import Graph
from archspec.torch_backend.contract import contract
from archspec.torch_backend.failures import where
from archspec.torch_backend.materialize import tie
from archspec.torch_backend.modules import SelfAttention
from archspec.torch_backend.weights import compare

Artifact: TypeAlias = Callable[[tuple[Tensor, ...]], tuple[Tensor, ...]]
"""An artifact as a function: from the inputs to the outputs, each in the order of the graph."""


_SETTINGS: Any = _config


@dataclass(frozen=True)
class Subject:
    """A graph, and its module on the CPU in eval mode. `sizes` are two choices of values for the symbolic sizes."""

    graph: Graph
    module: nn.Module
    sizes: tuple[Sizes, Sizes]

    def run(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The module's outputs, in the order of the graph."""
        return self.artifact(self.module)(inputs)

    def artifact(self, network: Callable[..., Any]) -> Artifact:
        """Whatever takes and returns what the network does, as an artifact; it keeps nothing for a backward pass."""

        def run(inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            with torch.no_grad():
                found = network(*inputs)
            return (found,) if self.graph.single else tuple(found[name] for name in self.graph.outputs)

        return run

    @property
    def state(self) -> dict[str, Tensor]:
        """The module's weights by key."""
        return self.module.state_dict()

    def check(self, state: Mapping[str, Tensor]) -> None:
        """Raise `ExportError` unless a file holds just these weights.

        Outputs alone do not tell: those of a deep network that was never trained may hardly depend on the first layers.
        """
        report = compare(self.module, state)
        if not report.fits:
            raise ExportError("the file does not contain the network's weights:", report=report)
        for key, tensor in self.state.items():
            if tensor.dtype != state[key].dtype or not torch.allclose(tensor, state[key], 0, 0, equal_nan=True):
                raise ExportError(f"the file has other values for `{key}`")

    def dynamic(self) -> tuple[dict[int, str], ...]:
        """For each input its dynamic dimensions: the batch, and the symbolic sizes that are a name alone."""
        return tuple(
            {0: batch_name(self.graph)} | {axis: name for axis, name in enumerate(symbols(value), start=1) if name}
            for value in self.graph.inputs.values()
        )

    @cached_property
    def program(self) -> torch.export.ExportedProgram:
        """The exported program, traced once for all formats, without the places in our code that it came from."""
        # a batch of 1 would be taken for a constant
        inputs = random_inputs(self.graph, 2, self.sizes[0])
        shapes = torch.export.ShapesCollection()
        batch = torch.export.Dim(batch_name(self.graph))
        for tensor, axes in zip(inputs, self.dynamic(), strict=True):
            # a convolution with a stride asks more of a size than a named `Dim` can promise
            shapes[tensor] = {axis: torch.export.Dim.AUTO if axis else batch for axis in axes}
        with quiet(), _portable_attention(), _any_length(self.module), torch.enable_grad():
            dynamic = shapes.dynamic_shapes(self.module, inputs)
            try:
                with redirect_stderr(StringIO()):  # where torch prints the graph that it came to
                    program = self._trace(inputs, dynamic)
            except Exception as error:  # tracers raise all kinds of things
                what = where(self.module, contract(self.graph), error) or "this network"
                message = f"torch.export cannot trace {what}; take another op or other arguments there"
                raise ExportError(message, report=whole(error)) from error
        for part in program.graph_module.modules():
            for node in part.graph.nodes if isinstance(part, torch.fx.GraphModule) else ():
                node.meta.pop("stack_trace", None)
        return program

    def _trace(self, inputs: tuple[Tensor, ...], dynamic: Any) -> torch.export.ExportedProgram:
        """The program; of torch's two ways to trace symbolic sizes the one that refuses the fewest.

        A size on the way that might be 1 is no reason to refuse the inputs where it is, for most networks; for others
        to look away from it leads to conditions that hardly any size meets.
        """
        found: list[tuple[int, torch.export.ExportedProgram]] = []
        for any_size in (True, False) if self.sizes[0] else (False,):
            with suppress(Exception) if any_size else nullcontext():
                with _SETTINGS.patch(backed_size_oblivious=any_size):
                    program = torch.export.export(self.module, inputs, dynamic_shapes=dynamic, strict=False)
                found.append((self._refused(program), program))
                if not found[-1][0]:
                    break
        return min(found, key=itemgetter(0))[1]

    def _refused(self, program: torch.export.ExportedProgram) -> int:
        """How many choices of sizes the module takes and the program does not."""
        choices = (self.sizes[1], *probes(self.graph, self.sizes[0])) if self.sizes[0] else ()
        artifact, refused = self.artifact(program.module()) if choices else self.run, 0
        for sizes in choices:
            given = random_inputs(self.graph, 1, sizes)
            with suppress(Exception):  # of a size that the network itself rejects
                self.run(given)
                refused += 1
                artifact(given)
                refused -= 1
        return refused


@contextmanager
def _portable_attention() -> Iterator[None]:
    """While it lasts, `nn.MultiheadAttention` does not take its fused path, an operator of torch's alone."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


@contextmanager
def _any_length(model: nn.Module) -> Iterator[None]:
    """While it lasts, sequences are pooled with indices, and these dropped, and attention views no two axes as one.

    Where nothing needs a gradient, torch has another operator for pools, which takes the length for a constant. And of
    such views in `nn.MultiheadAttention` it takes conditions on the length that no batch of one meets.
    """
    simpler: tuple[tuple[type[nn.Module], Callable[..., Tensor]], ...] = (
        (nn.MaxPool1d, _largest),
        (SelfAttention, _attended),
    )
    replaced = {
        part: partial(forward, part) for part in model.modules() for kind, forward in simpler if isinstance(part, kind)
    }
    for part, forward in replaced.items():
        vars(part)["forward"] = forward
    try:
        yield
    finally:
        for part in replaced:
            del vars(part)["forward"]


def _attended(part: SelfAttention, x: Tensor) -> Tensor:
    packed = nn.functional.linear(x, part.in_proj_weight, part.in_proj_bias)
    query, key, value = packed.unflatten(-1, (3, part.num_heads, part.head_dim)).permute(2, 0, 3, 1, 4)
    found: Tensor = nn.functional.scaled_dot_product_attention(query, key, value)
    result: Tensor = part.out_proj(found.transpose(1, 2).flatten(2))
    return result


def _largest(pool: nn.MaxPool1d, x: Tensor) -> Tensor:
    settings: Any = (pool.kernel_size, pool.stride, pool.padding, pool.dilation, pool.ceil_mode)
    found: Tensor = nn.functional.max_pool1d_with_indices(x, *settings)[0]
    return found


@contextmanager
def exportable(graph: Graph, model: nn.Module) -> Iterator[Subject]:
    """The subject of a graph and its module; afterwards every part of the module has the mode it had.

    Raises `ExportError` where the module has no values, is not the graph's, or does not run on the graph's inputs.
    """
    state = model.state_dict()
    tensors = [*state.values(), *model.buffers()]
    if any(tensor.is_meta for tensor in tensors):
        raise ExportError("a module on the device `meta` has no weights to export; build it on another device")
    report = compare(graph, state)
    if not report.fits:
        raise ExportError(f"the module does not match `{graph.name}`:", report=report)
    _check_dtypes(graph, state)
    ties = graph.ties()
    _check_ties(ties, state)
    plain = all(tensor.device.type == "cpu" and tensor.is_contiguous() for tensor in tensors)
    if not plain or _shared(model, ties):
        model = _plain(copy.deepcopy(model))
        tie(model, ties)
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield Subject(graph, model, choose_sizes(graph, lambda sizes: _try(graph, model, sizes)))
    finally:
        for module, training in modes.items():
            module.training = training


def _check_dtypes(graph: Graph, state: Mapping[str, Tensor]) -> None:
    """Raise `ExportError` for a module whose weights have another type than the graph says."""
    for key, weight in graph.weights():
        found = str(state[key].dtype).removeprefix("torch.")
        if found != weight.dtype:
            raise ExportError(
                f"the module's `{key}` is {found}, but `{graph.name}` has {weight.dtype}: every format holds exactly "
                f"the spec's network; convert the module with `.to(torch.{weight.dtype})`, or set "
                f"`dtype: {found}` on the input of the spec"
            )


def _check_ties(ties: Mapping[str, str], state: Mapping[str, Tensor]) -> None:
    """Raise `ExportError` for a module in which weights that the graph ties differ."""
    for key, owner in ties.items():
        if not torch.allclose(state[key], state[owner], 0, 0, equal_nan=True):
            raise ExportError(
                f"`{key}` and `{owner}` are tied in the spec, but have different values in the module; assign one to "
                "the other, or remove `tie` from the spec"
            )


def _shared(model: nn.Module, ties: Mapping[str, str]) -> bool:
    """Whether two keys of a state dict have memory in common, other than those that are tied and no others."""
    state = model.state_dict()
    if any(state[key].data_ptr() != state[owner].data_ptr() for key, owner in ties.items()):
        return True
    places = [
        tensor.untyped_storage().data_ptr() for key, tensor in state.items() if tensor.numel() and key not in ties
    ]
    return len(set(places)) < len(places)


def _plain(model: nn.Module) -> nn.Module:
    """The module with every weight on the CPU, in order and in memory of its own, as it is when it is loaded anew."""
    seen: set[nn.Module] = set()
    pending = [model]
    while pending:
        module = pending.pop()
        seen.add(module)
        for name, parameter in module._parameters.items():
            if parameter is not None:
                module._parameters[name] = nn.Parameter(_own(parameter), parameter.requires_grad)
        for name, buffer in module._buffers.items():
            module._buffers[name] = None if buffer is None else _own(buffer)
        for name, child in module._modules.items():
            if child is not None:
                child = module._modules[name] = copy.deepcopy(child) if child in seen or child in pending else child
                pending.append(child)
    return model


def _own(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True).contiguous()


def _try(graph: Graph, model: nn.Module, sizes: Mapping[str, int]) -> None:
    with torch.no_grad():
        model(*random_inputs(graph, 1, sizes))
