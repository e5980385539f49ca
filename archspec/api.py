"""The public functions; `archspec` itself hands them out."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

from archspec.compiler import analyze, check_budget, compile_spec
from archspec.compiler.inputs import InputSize
from archspec.diagnostics import Diagnostic
from archspec.errors import MissingExtra, SpecError
from archspec.graph import Graph
from archspec.spec import Spec, read

if TYPE_CHECKING:
    from torch import device as Device
    from torch import nn

SpecLike: TypeAlias = Spec | str | PathLike[str] | Mapping[str, Any]


def load(spec: str | PathLike[str] | Mapping[str, Any]) -> Spec:
    """Read a spec: a path, a bundled name, a text with line breaks, or a mapping.

    Raises `SpecError`, with every finding of the reading and of a compilation with default parameters, where the file
    is not sound; `UsageError` where there is no such file or bundled spec.
    """
    found = read(spec)
    if found.collector.errors:
        _, collector = analyze(found)
        raise SpecError(f"`{found.name}` is not a valid spec", collector.errors)
    return found


def validate(
    spec: SpecLike,
    params: Mapping[str, Any] | None = None,
    input_size: InputSize = None,
    batch_size: int | None = None,
) -> list[Diagnostic]:
    """Every finding about a spec, errors and warnings, in the order of the file; no error means that it can be built.

    Besides what forbids compiling, it enforces the spec's budget and gives advice; `batch_size`, that of training,
    takes the place of the one in the spec's `lint`. Raises `UsageError` where there is no such spec.
    """
    found = spec if isinstance(spec, Spec) else read(spec)
    graph, collector = analyze(found, params, input_size)
    if graph is not None:
        from archspec.lint import lint
        from archspec.spec.unused import unused_blocks, unused_parameters

        check_budget(found, graph, collector)
        for diagnostic in (*unused_blocks(found), *unused_parameters(found)):
            if diagnostic.code not in found.lint.ignore:
                collector.add(diagnostic)
        lint(graph, collector, found.lint.ignore, batch_size or found.lint.batch_size)
    return collector.diagnostics


def compile(spec: SpecLike, params: Mapping[str, Any] | None = None, input_size: InputSize = None) -> Graph:
    """The graph of a spec, with `params` in place of its defaults. Knows nothing of torch.

    `input_size` takes the place of the sizes of the input: a number for every dimension, one for each, or a mapping
    from the names of symbolic dimensions.

    Raises `SpecError` with every finding, and `UsageError` for a parameter that the spec does not have.
    """
    return compile_spec(spec if isinstance(spec, Spec) else load(spec), params, input_size)


def build(
    spec: SpecLike | Graph,
    params: Mapping[str, Any] | None = None,
    device: str | Device = "cpu",
    seed: int | None = None,
    input_size: InputSize = None,
) -> nn.Module:
    """The `nn.Module` of a spec or graph, in training mode.

    With a `seed`, weights are the same on every device and in whatever order they are drawn; on the device `meta` there
    are none. Raises what `compile` raises, and `MissingExtra` where torch is not installed.
    """
    graph = spec if isinstance(spec, Graph) else compile(spec, params, input_size)
    try:
        from archspec.torch_backend import build_module
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtra("torch", "building a module") from None
    return build_module(graph, device, seed)
