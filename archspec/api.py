"""The public functions; `archspec` itself hands them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, TypeAlias

from archspec.compiler import analyze, check, check_budget, compile_spec, enforce_budget
from archspec.compiler.features import Features
from archspec.compiler.inputs import InputSize
from archspec.diagnostics import Diagnostic
from archspec.errors import SpecError, UsageError, needing
from archspec.graph import Graph
from archspec.language import Spec, read

if TYPE_CHECKING:
    from torch import device as Device
    from torch import nn

    from archspec.weights.report import WeightsReport

SpecLike: TypeAlias = Spec | str | PathLike[str] | Mapping[str, object]
Renames: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Regular expressions with what replaces their matches, in order."""


def load(spec: str | PathLike[str] | Mapping[str, object]) -> Spec:
    """Read a spec: a path, a bundled name, a text, a mapping, `-` for standard input, or `git:REV:PATH` for a file in a
    git revision.

    Raises `SpecError`, with every finding, where the file cannot be read or is not sound with its default parameters; a
    parameter without a default may have any value. Raises `UsageError` where there is no such bundled spec.
    """
    found = read(spec)
    errors = check(found).errors or found.lacks
    if errors:
        raise SpecError(f"`{found.name}` is not a valid spec", errors)
    return found


def validate(
    spec: SpecLike,
    params: Mapping[str, object] | None = None,
    input_size: InputSize = None,
    batch_size: int | None = None,
) -> list[Diagnostic]:
    """Every finding about a spec, errors and warnings, in the order of the file; no error means that it can be built.
    A file of blocks alone, for others to include, needs no network, and takes no `params` and `input_size`.

    Besides what forbids compiling, it enforces the spec's budget and gives advice; `batch_size`, that of training,
    takes the place of the one in the spec's `lint`, and `params` and `input_size` are those of `compile`. Raises
    `UsageError` where there is no such spec, or no such parameter in it.
    """
    found = spec if isinstance(spec, Spec) else read(spec)
    if found.lacks:
        return _of_blocks(found)
    graph, collector = analyze(found, params, input_size)
    if graph is not None:
        from archspec.lint import Flow, lint
        from archspec.lint.over import over
        from archspec.lint.slips import slips
        from archspec.lint.unused import unused

        check_budget(found, graph, collector)
        flow = Flow(graph, batch_size or found.lint.batch_size)
        for diagnostic in (*unused(found, flow.taken_inputs), *slips(found, flow)):
            if diagnostic.code not in found.lint.ignore:
                collector.add(over(diagnostic, found), diagnostic.span)
        lint(flow, collector, found.lint.ignore, found)
    return collector.diagnostics


def _of_blocks(spec: Spec) -> list[Diagnostic]:
    """The findings in a file of blocks."""
    collector = check(spec)
    if not collector.errors:
        from archspec.lint.unused import unused_in_blocks

        for diagnostic in unused_in_blocks(spec):
            collector.add(diagnostic)
    return collector.diagnostics


def compile(
    spec: SpecLike,
    params: Mapping[str, object] | None = None,
    input_size: InputSize = None,
    features: Features = False,
) -> Graph:
    """The graph of a spec, with `params` in place of its defaults. Knows nothing of torch.

    `input_size` takes the place of the sizes of the inputs: a number for every dimension, one for each, or a mapping
    from the names of symbolic dimensions or inputs to these. With `features`, true or names of stages, the outputs of
    these stages are the network's outputs, under their names, and what they do not need is left out.

    Raises `SpecError` with every finding, in which a value of `params` or `input_size` that is to blame is named, and
    `UsageError` for a parameter, size or stage that the spec does not have.
    """
    return compile_spec(spec if isinstance(spec, Spec) else read(spec), params, input_size, features)


def resolve(spec: SpecLike | Graph, params: Mapping[str, object] | None = None, input_size: InputSize = None) -> str:
    """A spec or graph written out in the same language, as YAML text: everything expanded, every default in its place.

    Blocks, stages, expressions, parameters and projections are nodes with names and arguments. It compiles to the same
    graph and the same `fingerprint`, however the spec was written. `params` and `input_size` are those of `compile`.
    Knows nothing of torch.

    Raises what `compile` raises, and `UsageError` for a network larger than a spec may be, or for `params` of a graph.
    """
    from archspec.resolver import write_out

    return write_out(graph_of(spec, params, input_size))


def build(
    spec: SpecLike | Graph,
    params: Mapping[str, object] | None = None,
    device: str | Device = "cpu",
    seed: int | None = None,
    input_size: InputSize = None,
    weights: str | PathLike[str] | None = None,
    features: Features = False,
    key: str | None = None,
) -> nn.Module:
    """The `nn.Module` of a spec or graph, in training mode.

    With a `seed`, weights are the same on every device and in whatever order they are drawn; on the device `meta` there
    are none. `weights` are those of a file that fits, as for `load_weights`, and `key` names the entry of a checkpoint
    that holds them; with `features`, as for `compile`, it may be a file of the whole network. The module's
    `feature_info` has the `name`, `channels` and `stride` of each stage's output. Raises what `compile` and
    `load_weights` raise, `SpecError` for a network beyond the spec's budget, `UsageError` for a graph with what only a
    spec can take, and `MissingExtra` where torch is not installed.
    """
    if key is not None and weights is None:
        raise UsageError("`key` needs `weights`")
    found = spec if isinstance(spec, (Graph, Spec)) else read(spec)
    graph = graph_of(found, params, input_size, features)
    if isinstance(found, Spec):
        enforce_budget(found, graph)
    with needing("torch", "building a module"):
        from archspec.torch_backend import build_module
    model = build_module(graph, device, seed)
    if weights is not None:
        load_weights(model, weights, key=key)
    return model


def load_weights(
    model: nn.Module,
    path: str | PathLike[str],
    *,
    key: str | None = None,
    rename: Renames = (),
    partial: bool = False,
    adapt_in_channels: bool = False,
) -> WeightsReport:
    """Load the weights of a file into a module that `build` made, and report what was loaded.

    The file is a safetensors file, or one that `torch.save` wrote; nothing in it is executed. In a checkpoint that
    holds more than weights, `key` names their entry, `a.b` one inside of another; without it they are found under the
    usual names, and the report says which was taken. Their keys are renamed by the patterns in the spec's `weights`,
    then by those of `rename`, in order, each as `re.sub` does it. Everything must fit; with `partial` what does not is
    left out, and the network keeps its initialization there. With `adapt_in_channels`, a first convolution takes
    weights for another number C of input channels: for each of its own C', their mean over the input channels, times
    C / C'.

    Raises `WeightsError` where the file cannot be read or does not fit, with a table of what is missing, unexpected or
    of another shape; the module is then as it was. Raises `UsageError` for a `rename` that is no regular expression.
    """
    from archspec.torch_backend.weights import load_weights
    from archspec.weights.rename import renames

    given = renames(rename)
    return load_weights(model, path, key=key, renames=given, partial=partial, adapt_in_channels=adapt_in_channels)


def check_weights(
    spec: SpecLike | Graph,
    path: str | PathLike[str],
    params: Mapping[str, object] | None = None,
    input_size: InputSize = None,
    *,
    key: str | None = None,
    rename: Renames = (),
    partial: bool = False,
    adapt_in_channels: bool = False,
) -> WeightsReport:
    """What of a file's weights fits a spec, without building its module; the options are those of `load_weights`.

    The values of the weights are not read, and torch is not needed. Raises what `compile` raises, and `WeightsError`
    where the file cannot be read; what does not fit is in the report, whose `fits` says whether loading would succeed.
    """
    from archspec.weights.contents import read_contents
    from archspec.weights.fit import fit, foreign, wanted
    from archspec.weights.rename import renames

    graph = graph_of(spec, params, input_size)
    return fit(wanted(graph), read_contents(path, key), foreign(graph), renames(rename), partial, adapt_in_channels)


def graph_of(
    spec: SpecLike | Graph,
    params: Mapping[str, object] | None = None,
    input_size: InputSize = None,
    features: Features = False,
) -> Graph:
    """The graph of a spec; what was compiled stays as it is, and can be asked for nothing else."""
    if not isinstance(spec, Graph):
        return compile(spec, params, input_size, features)
    asked = {"params": bool(params), "input_size": input_size is not None, "features": features is not False}
    for name in (name for name, given in asked.items() if given):
        raise UsageError(f"a graph is already compiled: pass `{name}` to `compile`")
    return spec
