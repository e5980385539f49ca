"""What formats of export cannot say of a network, as far as its graph tells."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from archspec.diagnostics import Collector, did_you_mean
from archspec.errors import UsageError
from archspec.formats import ALL, EXPORTS, TRACED
from archspec.graph.graph import Graph
from archspec.graph.nodes import Node
from archspec.records import record
from archspec.types.sizes import Size

_ADAPTIVE = "torch.nn.Adaptive"


@record
class Loss:
    """What a format cannot say of a node: the code of the finding, `what`, and what to do about it."""

    code: str
    what: str
    help: str


def check_formats(names: object) -> None:
    """Raises `UsageError` for what are no names of formats."""
    if isinstance(names, str) or not isinstance(names, Collection):
        raise UsageError(f"export formats must be a list of names, found {names!r:.80}")
    for name in names:
        if not isinstance(name, str) or name not in (*EXPORTS, ALL):
            near = did_you_mean(name, [*EXPORTS, ALL]) if isinstance(name, str) else ""
            hint = near or f"the formats are {', '.join(EXPORTS)}, and `all`"
            raise UsageError(f"unknown export format `{name!s:.80}`; {hint}")


def check_exports(graph: Graph, formats: Collection[str], collector: Collector) -> None:
    """Report every node that one of the formats cannot hold."""
    traced = [name for name in TRACED if name in formats or ALL in formats]
    if not traced:
        return
    for path, node, length in graph.endless():
        message = f"`{path}` goes over the open length {length}, which {' and '.join(traced)} cannot hold"
        help = "give the input a number there, in the file or with `--input-size`, or export safetensors or python"
        collector.error("A407", message, node.span, help)
    for path, node in graph.hidden():
        first = path.partition(".")[0]
        message = f"{' and '.join(traced)} cannot hold the weights of `{path}`: torch's modules have a `{first}`, too"
        collector.error(
            "A311", message, node.span, f"choose another name than `{first}`, or export safetensors or python"
        )
    if "onnx" in traced:
        for path, node, loss in beyond_onnx(graph):
            collector.error(loss.code, f"`{path}` {loss.what}", node.span, f"{loss.help}, or export pt2")


def beyond_onnx(graph: Graph) -> Iterator[tuple[str, Node, Loss]]:
    """The nodes that torch's exporter writes wrongly or not at all, each with its path: a pool to a given size, since
    windows of ONNX have one size, in numbers, and a resize with two arguments that do not go together there."""
    for path, node in graph.nodes():
        if not node.runs:
            continue
        arguments = node.call.arguments
        if arguments.get("antialias") and arguments.get("align_corners"):
            what = "has both `antialias` and `align_corners`, and torch writes the wrong ONNX for that"
            yield path, node, Loss("A406", what, "leave one of them out")
        if node.call.target.startswith(_ADAPTIVE) and not _has_windows(node):
            found, wanted = (" × ".join(map(str, sizes)) for sizes in zip(*_sizes(node), strict=True))
            what = f"pools {found} to {wanted}, and torch writes no ONNX for that"
            help = "give the input a size that is known and that the pool divides (`--input-size`), pool to a size of 1"
            yield path, node, Loss("A407", what, help)


def _sizes(node: Node) -> list[tuple[Size, Size]]:
    """The sizes of what a node receives, with those that it makes of them."""
    output = node.output.type
    return [] if output is None else list(zip(node.types[0].size, output.size, strict=True))


def _has_windows(node: Node) -> bool:
    """Whether torch's exporter translates an `adaptive_pool`; it writes others wrongly, or not at all."""
    sizes = _sizes(node)
    if all(wanted == 1 for _, wanted in sizes):
        return True
    if node.call.target.startswith(f"{_ADAPTIVE}Avg"):
        return len(sizes) < 3 and all(isinstance(found, int) for found, _ in sizes)
    return all(isinstance(found, int) and isinstance(wanted, int) and found % wanted == 0 for found, wanted in sizes)
