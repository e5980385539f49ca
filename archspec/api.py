"""The public functions; `archspec` itself hands them out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from os import PathLike
from typing import TYPE_CHECKING, TypeAlias

from archspec.compiler import check, check_formats, compile_spec
from archspec.compiler.features import Features
from archspec.compiler.inputs import InChannels, InputSize
from archspec.diagnostics import Diagnostic
from archspec.errors import SpecError, UsageError
from archspec.examine import examine
from archspec.graph import Graph, graph_of
from archspec.language import Spec, read

if TYPE_CHECKING:
    from torch import nn

    from archspec.pages.drawn import Depth, Drawn
    from archspec.reports import Diff, Memory, Summary

SpecLike: TypeAlias = Spec | str | PathLike[str] | Mapping[str, object]


def load(spec: SpecLike | Graph | nn.Module) -> Spec:
    """Read a spec and check it with its default parameters; one without a default may have any value.

    Arguments:
        spec: A path, a bundled name, `-` for standard input, `git:REV:PATH` for a file in a git revision, YAML text (a
            string with a line break), or a mapping, such as a dict or a `DictConfig` of OmegaConf. Of a graph, or a
            module that `build` made, it is the spec that `resolve` writes.

    Raises `SpecError`, with every finding, where the spec cannot be read or is not sound, and `UsageError` where there
    is no such bundled spec.

        >>> import archspec
        >>> archspec.load("resnet18").params["classes"].name
        'classes'
    """
    if isinstance(spec, Spec):
        return spec
    graph = graph_of(spec)
    found = read(resolve(graph) if graph is not None else spec)  # type: ignore[arg-type]
    errors = check(found).errors or found.lacks
    if errors:
        raise SpecError(f"`{found.name}` is not a valid spec", errors)
    return found


def validate(
    spec: SpecLike,
    params: Mapping[str, object] | None = None,
    input_size: InputSize = None,
    batch_size: int | None = None,
    exports: Collection[str] = (),
) -> list[Diagnostic]:
    """Every finding about a spec, errors and warnings, in the order of the file; no error means that it can be built.

    Besides what forbids compiling, it enforces the spec's budget and gives advice. A file of blocks alone, for others
    to include, needs no network.

    Arguments:
        spec: As for `load`.
        params, input_size: As for `compile`; a file of blocks takes none.
        batch_size: The number of samples in a batch of training, in place of the one in the spec's `lint`.
        exports: Names of formats that the network is to be exported to: what they cannot hold is an error.

    Raises `UsageError` where there is no such spec or format, or no such parameter in the spec.

        >>> import archspec
        >>> for finding in archspec.validate("archspec: 1\\ninput: [3]\\nlayers: [linear: {feature: 2}]\\n"):
        ...     print(finding.span, finding.code, finding.help)
        <text>:3:19 A201 did you mean `features`?
    """
    if batch_size is not None and (type(batch_size) is not int or batch_size < 1):
        raise UsageError(f"`batch_size` must be an integer of at least 1, found {batch_size!r:.80}")
    check_formats(exports)
    found = spec if isinstance(spec, Spec) else read(spec)
    return examine(found, params, input_size, batch_size, exports).collector.diagnostics


def compile(
    spec: SpecLike | Graph | nn.Module,
    params: Mapping[str, object] | None = None,
    input_size: InputSize = None,
    features: Features = False,
    in_channels: InChannels = None,
) -> Graph:
    """The graph of a spec: its nodes with their shapes, keys and costs. Knows nothing of torch.

    Arguments:
        spec: As for `load`. The graph of a module that `build` made is the one it was built from, and a graph itself;
            neither takes other arguments.
        params: Values of the spec's parameters, in place of their defaults, by name.
        input_size: Sizes of the inputs, in place of the spec's: a number for every dimension, one for each, or a
            mapping from the names of symbolic dimensions or inputs to these.
        features: True, or names of stages: their outputs become the network's, under their names, and what they do not
            need is left out.
        in_channels: Channels of the input, in place of the spec's; of several inputs a mapping from their names.

    Raises `SpecError` with every finding, in which a value of `params` or `input_size` that is to blame is named, and
    `UsageError` for a parameter, size, stage or input that the spec does not have.

        >>> import archspec
        >>> graph = archspec.compile("resnet18", params={"classes": 10}, input_size=64)
        >>> graph.parameter_count, graph.outputs["output"].type.shape
        (11181642, (10,))
    """
    graph = graph_of(spec)
    if graph is None:
        found = spec if isinstance(spec, Spec) else read(spec)  # type: ignore[arg-type]
        return compile_spec(found, params, input_size, features, in_channels)
    asked = {
        "params": params is not None and params != {},
        "input_size": input_size is not None,
        "features": features is not False,
        "in_channels": in_channels is not None,
    }
    for name in (name for name, given in asked.items() if given):
        raise UsageError(f"a graph is already compiled: pass `{name}` to `compile`")
    return graph


def resolve(
    spec: SpecLike | Graph | nn.Module, params: Mapping[str, object] | None = None, input_size: InputSize = None
) -> str:
    """A spec written out in the same language, as YAML text: everything expanded, every default in its place.

    Blocks, stages, expressions, parameters and projections are nodes with names and arguments. It compiles to the same
    graph and the same `fingerprint`, however the spec was written. Knows nothing of torch.

    Arguments:
        spec, params, input_size: As for `compile`.

    Raises what `compile` raises, and `UsageError` for a network larger than a spec may be, or for `params` of a graph.

        >>> import archspec
        >>> text = archspec.resolve("archspec: 1\\ninput: [3]\\nlayers: [linear: 2]\\n")
        >>> "features: 2" in text
        True
    """
    from archspec.resolver import write_out

    return write_out(compile(spec, params, input_size))


def summarize(spec: SpecLike | Graph | nn.Module, depth: int | None = None, details: bool = False) -> Summary:
    """The layers of a network with their shapes, parameters and multiply-adds for one sample; `str()` is a table.

    Arguments:
        spec: As for `compile`.
        depth: The number of levels to show; blocks in a row that are equal at every depth are one row (`× 4`).
        details: Whether each row has `details`: inputs, kernel, arguments, activations, size and depth.

    Raises what `compile` raises.

        >>> import archspec
        >>> archspec.summarize("resnet18", depth=1).totals
        '11,689,512 parameters, 1,814,073,344 MACs, 3 × 224 × 224 → 1000'
    """
    from archspec.reports import summarize

    if type(details) is not bool:
        raise UsageError(f"`details` must be true or false, found {details!r:.80}")
    return summarize(compile(spec), _levels(depth), details)


def memory(
    spec: SpecLike | Graph | nn.Module, batch_size: int = 1, dtype: str | None = None, optimizer: str = "adamw"
) -> Memory:
    """The memory that a network needs on one device, in bytes, for training and inference; `str()` is a table.

    Arguments:
        spec: As for `compile`.
        batch_size: The number of samples.
        dtype: The type of weights, gradients, states and values: `float32`, `bf16`, … Default: that of the network.
        optimizer: `adamw`, `adam`, `momentum` (SGD with it) or `sgd`.

    Raises what `compile` raises, and `UsageError` for a network with open sizes.

        >>> import archspec
        >>> archspec.memory("resnet18", batch_size=8).training["none"].peak
        350151456
    """
    from archspec.reports import memory

    return memory(compile(spec), batch_size, dtype, optimizer)


def draw(spec: SpecLike | Graph | nn.Module, depth: Depth = None) -> Drawn:
    """The drawing of a network, with `svg()`, `png()` and `pdf()`, which are figures, and with `mermaid()` and `dot()`,
    the texts that Mermaid and Graphviz draw.

    Arguments:
        spec: As for `compile`.
        depth: The number of levels to show, or `all`. Without it, figures draw blocks that are called more than once
            beside the network, and texts show all. Blocks in a row that are equal at every depth are one box (`× 4`).

    Raises what `compile` raises.

        >>> import archspec
        >>> archspec.draw("resnet18", depth=1).mermaid().startswith("flowchart")
        True
        >>> archspec.draw("resnet18").svg(width=180).startswith("<svg")
        True
    """
    from archspec.pages.drawn import drawn

    return drawn(compile(spec), depth)


def diff(a: SpecLike | Graph | nn.Module, b: SpecLike | Graph | nn.Module) -> Diff:
    """The difference between the network `a`, before, and the network `b`, after; `str()` is a table.

    Stages, blocks and nodes are the same where their given names are; others where their content or, failing that,
    their kind is, in the order in which they run.

    Arguments:
        a, b: As for `compile`.

    Raises what `compile` raises.

        >>> import archspec
        >>> archspec.diff("resnet18", "resnet18").changes
        ()
    """
    from archspec.reports import diff

    return diff(compile(a), compile(b))


def _levels(depth: object) -> int | None:
    if depth is not None and (type(depth) is not int or depth < 0):
        raise UsageError(f"`depth` must be an integer of at least 0, found {depth!r:.80}")
    return depth
