"""`from_module`: the spec of a module, proved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from archspec.compiler import compile_spec
from archspec.errors import CannotImport, SpecError, UsageError
from archspec.importer.flat import Flat, Item, text_of
from archspec.importer.mapper import Mapper, Unsayable
from archspec.importer.proof import Proof, Unequal, is_single, prove
from archspec.importer.report import Refusal, refused
from archspec.importer.table import TABLE
from archspec.importer.table.attention import PROJECTED
from archspec.importer.trace import trace
from archspec.language import Spec, read
from archspec.torch_backend import build_module


class Imported(str):
    """The YAML text of a spec, with the `spec` itself and the `report` of how equal it is to the module."""

    spec: Spec
    report: Proof


def from_module(module: nn.Module, inputs: torch.Tensor | Sequence[torch.Tensor], name: str = "") -> Imported:
    """The spec of a module, as YAML text: a node for each operation, with the module's own keys.

    The spec is proved before it is given: it takes the module's `state_dict` strictly, and computes the same in
    evaluation and, where nothing is drawn at random there, in training, with weights drawn at random, for several batch
    sizes. The text has the `spec`, and a `report` of how equal both are.

    Arguments:
        module: The module. It is traced by torch.export in training mode, and is not changed.
        inputs: An example of what it is called with: a tensor with a batch in front, or a list of them.
        name: The name of the spec; by default, that of the module's class.

    Raises `CannotImport`, with all reasons at once, for a module that cannot be traced, computes what the language
    cannot say, or turns out to be another than its spec.

        >>> import archspec, torch
        >>> text = archspec.from_module(torch.nn.Sequential(torch.nn.Linear(8, 4)), torch.randn(2, 8), "small")
        >>> print(text)
        # imported from small
        archspec: 1
        name: small
        input: [8]
        layers:
          - linear: {name: "0", features: 4}
        <BLANKLINE>
    """
    given: list[Any] = [*inputs] if isinstance(inputs, (list, tuple)) else [inputs]
    if not isinstance(module, nn.Module):
        raise UsageError(f"`module` must be a torch.nn.Module, found {type(module).__name__}")
    if not given or not all(isinstance(one, torch.Tensor) and one.ndim > 1 and len(one) for one in given):
        raise UsageError("`inputs` must be tensors with a batch in front, such as torch.randn(2, 3, 224, 224)")
    if not isinstance(name, str):
        raise UsageError(f"`name` must be a string, found {type(name).__name__}")
    name = _named(name or type(module).__name__)
    examples = [one[:1].expand(2, *one.shape[1:]).contiguous() for one in given]
    mapper = Mapper(trace(module, examples, name))
    mapper.run(TABLE)
    text = _written(mapper, name, examples, is_single(module, examples))
    try:
        spec = read(text)
        built = build_module(compile_spec(spec), seed=0)
        report = prove(module, built, examples, mapper.random)
    except SpecError as error:
        raise _refused(name, f"its spec has errors: {error}") from error
    except Unequal as error:
        raise _refused(name, str(error)) from error
    found = Imported(text)
    found.spec, found.report = spec, report
    return found


def _written(mapper: Mapper, name: str, examples: Sequence[torch.Tensor], single: bool) -> str:
    """The text of what was mapped. Of a module that gives a `single` value in evaluation, the first one of training is
    that; heads for the others keep their weights, and nothing takes what they give."""
    try:
        outputs = mapper.outputs()
    except Unsayable as error:
        mapper.refusals.append(Refusal("the result", "", "", str(error)))
    if mapper.refusals:
        raise refused(name, mapper.refusals)
    if len(outputs) != 1 and not single:
        raise _refused(name, f"it returns {len(outputs)} values")
    flat = mapper.flat
    flat.prune(outputs[0])
    if any(item.op == PROJECTED for item in flat.items):
        raise _refused(name, "it has an attention of another form than `attention` and `sdpa`")
    _end(flat, outputs[0])
    inputs = {key: _input(item, one) for (key, item), one in zip(flat.inputs.items(), examples, strict=True)}
    return text_of(name, inputs, flat.layers(), f"imported from {name}")


def _end(flat: Flat, output: Item) -> None:
    """Let the network return a value that is not the last one."""
    if not flat.items or flat.items[-1] is not output:
        flat.add(Item("identity", {}, (output,), "output", output.shape, output.channel))


def _input(item: Item, example: torch.Tensor) -> Any:
    if not example.is_floating_point():
        return {"vocab": item.arguments.get("vocab", 2), "length": example.shape[1]}
    if item.channel == 1:
        return [*item.shape[1:]]
    return {"channels": item.shape[-1], "size": [*item.shape[1:-1]], "layout": "channels_last"}


def _refused(name: str, why: str) -> CannotImport:
    return refused(name, [Refusal("the whole", "", "", why)])


def _named(name: str) -> str:
    """A name that a spec may have, of that of a class or function."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return re.sub(r"[^a-z0-9]+", "_", words).strip("_").lstrip("0123456789_") or "network"
