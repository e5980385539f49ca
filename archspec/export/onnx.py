"""`onnx`: for onnxruntime and every other runtime of ONNX."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from archspec.errors import ExportError, MissingExtra, UsageError
from archspec.export.culprit import at, culprit, whole
from archspec.export.format import Format
from archspec.export.quiet import quiet
from archspec.export.samples import batch_name, kind_of
from archspec.export.subject import Artifact, Subject
from archspec.graph.graph import Graph
from archspec.version import __version__

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

OLDEST_OPSET = 18
"""The oldest opset that torch's exporter writes."""


@dataclass(frozen=True)
class Onnx(Format):
    """One self-contained file, with named inputs and outputs, a dynamic batch and dynamic symbolic sizes."""

    opset: int = 20

    name = "onnx"
    suffix = ".onnx"
    tolerance = 1e-4
    libraries = ("onnx", "onnxruntime", "onnxscript")

    def require(self) -> None:
        if not all(map(find_spec, self.libraries)):
            raise MissingExtra("onnx", "exporting ONNX")
        from onnx.defs import onnx_opset_version

        if not OLDEST_OPSET <= self.opset <= onnx_opset_version():
            newest = onnx_opset_version()
            raise UsageError(
                f"ONNX can be written with an opset from {OLDEST_OPSET} to {newest} here, not with {self.opset}"
            )

    def write(self, subject: Subject, path: Path) -> None:
        from onnx.checker import check_model

        program = subject.program
        with quiet():
            try:
                torch.onnx.export(
                    program,
                    f=path,
                    dynamo=True,
                    external_data=False,
                    input_names=_apart(subject.graph.inputs, subject),
                    output_names=_apart(subject.graph.outputs, subject),
                    dynamic_shapes=subject.dynamic(),
                    opset_version=self.opset,
                    verbose=False,
                )
            except torch.onnx.OnnxExporterError as error:
                what = culprit(subject.graph, error) or "a part of this network"
                message = f"torch writes no ONNX for {what}; take another op or other arguments there, or export pt2"
                raise ExportError(message, report=whole(error)) from error
            _name(subject, path)
            with _told(subject.graph, path, "ONNX has no operator for"):
                check_model(str(path), full_check=True)

    def read(self, subject: Subject, path: Path) -> Artifact:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what fails is raised
        with _told(subject.graph, path, "onnxruntime does not run"):
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

        def artifact(inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            feeds = {name: tensor.numpy() for name, tensor in zip(subject.graph.inputs, inputs, strict=True)}
            return tuple(map(torch.from_numpy, session.run(list(subject.graph.outputs), feeds)))

        return artifact


@contextmanager
def _told(graph: Graph, path: Path, what: str) -> Iterator[None]:
    """Say in words of the spec what a library has against a file: it names nodes of its own."""
    try:
        yield
    except Exception as error:  # each library has its own kinds
        reason = whole(error)
        node = _node(graph, path, reason) or "a part of this network"
        dtype = f" in {graph.dtype}" if graph.dtype != "float32" else ""
        help = "use `dtype: float32`, or export pt2" if dtype else "take another op or other arguments, or export pt2"
        raise ExportError(f"{what} {node}{dtype}; {help}", report=reason) from error


_SCOPES = "pkg.torch.onnx.name_scopes"


def _node(graph: Graph, path: Path, reason: str) -> str:
    """The node of the spec for that of the file which a message names."""
    import onnx

    for node in onnx.load(path).graph.node:
        if node.name and re.search(rf"\b{re.escape(node.name)}\b", reason):
            written = next((prop.value for prop in node.metadata_props if prop.key == _SCOPES), "[]")
            scopes: list[str] = ["", "", *literal_eval(written)]
            # the last is the operator itself
            return at(graph, scopes[-2])
    return ""


def _apart(names: Iterable[str], subject: Subject) -> list[str]:
    """Names of inputs or outputs while the file is made: a weight may have the same, which is another value."""
    return [f"{name}{_VALUE}" if name in subject.state else name for name in names]


_VALUE = "/value"


def _name(subject: Subject, path: Path) -> None:
    """Give the ends of the network the names that the spec gives them, and add what it says of sizes."""
    import onnx

    proto = onnx.load(path)
    graph = subject.graph
    swapped = {name: f"{name}.weight" for name in (*graph.inputs, *graph.outputs) if name in subject.state}
    swapped |= {f"{name}{_VALUE}": name for name in swapped}
    if swapped:
        _rename(proto.graph, swapped)
    _name_sizes(proto, graph)
    onnx.save(proto, path)


def _rename(graph: GraphProto, names: Mapping[str, str]) -> None:
    """Give values of a file other names."""
    for value in (*graph.input, *graph.output, *graph.initializer, *graph.value_info):
        value.name = names.get(value.name, value.name)
    for node in graph.node:
        for values in (node.input, node.output):
            values[:] = [names.get(name, name) for name in values]


def _name_sizes(proto: ModelProto, graph: Graph) -> None:
    """Call the sizes of the outputs what the spec calls them, and say in the metadata what the network asks of sizes.

    The exporter writes down how it came to a size: of one that must be a multiple of 32, `32*(((H - 1)//32)) + 32`.
    """
    import onnx

    names: dict[str, str] = {}
    for found, value in zip(proto.graph.output, graph.outputs.values(), strict=True):
        sizes = (batch_name(graph), *kind_of(value).shape)
        for axis, size in zip(found.type.tensor_type.shape.dim, sizes, strict=True):
            if axis.dim_param and not isinstance(size, int):
                names[axis.dim_param] = axis.dim_param = str(size)
    for found in proto.graph.value_info:
        for axis in found.type.tensor_type.shape.dim:
            if axis.dim_param in names:
                axis.dim_param = names[axis.dim_param]
    conditions = "; ".join(f"{name} is a multiple of {divisor}" for name, divisor in sorted(graph.constraints.items()))
    facts = {"archspec": __version__, "fingerprint": graph.fingerprint, "spec": graph.name, "sizes": conditions}
    onnx.helper.set_model_props(proto, {key: fact for key, fact in facts.items() if fact})
