"""Weights against a network: what of them is loaded, and what is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction

from archspec.errors import WeightsError
from archspec.graph.graph import Graph
from archspec.graph.nodes import Value
from archspec.weights.contents import Contents
from archspec.weights.rename import Rename, rename
from archspec.weights.report import ROWS_SHOWN, Mismatch, WeightsReport
from archspec.weights.similar import nearest, suggest
from archspec.weights.stored import Stored

COUNTER = "num_batches_tracked"
"""A buffer of batch normalization that torch has since version 0.4.1; files of before lack it."""


_OLDER = {"weight_g": "parametrizations.weight.original0", "weight_v": "parametrizations.weight.original1"}
"""Keys of torch's older `weight_norm`, and those of the newer one."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a network knows of weights from elsewhere: how to rename them, and which convolutions see its input.

    `surplus` are keys of the whole network that this part of it has left out: files may have them.
    """

    renames: tuple[Rename, ...] = ()
    first: tuple[str, ...] = ()
    surplus: frozenset[str] = frozenset()


def foreign(graph: Graph) -> Foreign:
    """What a graph knows of weights from elsewhere."""
    renames = tuple(Rename(*pair) for pair in graph.renames)
    return Foreign(renames, tuple(_first_convolutions(graph)), frozenset(graph.left_out))


def _first_convolutions(graph: Graph) -> Iterable[str]:
    """The keys of the weights of convolutions, without groups, that see the channels of an input."""
    seen: set[Value] = set(graph.inputs.values())
    for path, node in graph.nodes():
        if len(node.inputs) != 1 or node.of is not None:
            continue
        (before,) = node.inputs
        if before not in seen or before.type is None or node.output.type is None:
            continue
        kernel = node.kernel
        if kernel and len(kernel) > 1 and kernel[0] == before.type.channels:
            yield f"{path}.weight"
        elif not node.weights and before.type.channels == node.output.type.channels:
            seen.add(node.output)


def wanted(graph: Graph) -> dict[str, Stored]:
    """The tensors that a network has, by key."""
    return {key: Stored(weight.shape, weight.dtype) for key, weight in graph.weights()}


def fit(
    wanted: Mapping[str, Stored],
    contents: Contents,
    own: Foreign | None = None,
    renames: Sequence[Rename] = (),
    partial: bool = False,
    adapt_in_channels: bool = False,
) -> WeightsReport:
    """What of a file fits `wanted`, after the network's own renames and then the given ones.

    Raises `WeightsError` where two keys are renamed to one, or where a rename takes too long.
    """
    own, stored = own or Foreign(), contents.tensors
    names, idle = _names({*wanted, *own.surplus}, stored, own.renames, renames)
    names |= _of_older_weight_norm(names, {*wanted, *own.surplus})
    found = {names[key]: tensor for key, tensor in stored.items() if names[key] not in own.surplus}
    odd = {key: _mismatch(key, wanted[key], found[key]) for key in wanted if key in found}
    adapted = {
        key: mismatch
        for key, mismatch in odd.items()
        if mismatch and adapt_in_channels and key in own.first and _adaptable(mismatch)
    }
    absent = [key for key in wanted if key not in found]
    old = not any(key.endswith(COUNTER) for key in found)
    counters = [key for key in absent if old and key.rpartition(".")[2] == COUNTER]
    missing = {key: wanted[key] for key in absent if key not in counters}
    unexpected = {key: tensor for key, tensor in found.items() if key not in wanted and not _counts(key, wanted)}
    loaded = tuple(key for key, mismatch in odd.items() if mismatch is None or key in adapted)
    return WeightsReport(
        loaded=loaded,
        missing=tuple(missing),
        unexpected=tuple(unexpected),
        mismatched=tuple(mismatch for key, mismatch in odd.items() if mismatch and key not in adapted),
        adapted=tuple(_adaptation(mismatch) for mismatch in adapted.values() if mismatch),
        counters=tuple(counters),
        renamed={old: new for old, new in names.items() if old != new},
        nearest={
            **nearest(list(missing)[:ROWS_SHOWN], missing, unexpected),
            **nearest(list(unexpected)[:ROWS_SHOWN], unexpected, missing),
        },
        converted={
            key: (found[key].dtype, wanted[key].dtype)
            for key in loaded
            if found[key].dtype and wanted[key].dtype and found[key].dtype != wanted[key].dtype
        },
        idle=tuple(rule.pattern for rule in idle),
        suggestion=suggest(unexpected, missing, loaded),
        partial=partial,
        entry=contents.entry,
        others=contents.others,
    )


def _names(
    wanted: Set[str], stored: Mapping[str, Stored], own: Sequence[Rename], given: Sequence[Rename]
) -> tuple[dict[str, str], tuple[Rename, ...]]:
    """The new name of each key of the file, and the given rules that change none.

    The network's own rules are for foreign files: one whose keys are those of the network already stays as it is,
    unless the rules, too, make them just those.
    """
    keys = list(stored)
    names = dict(zip(keys, keys, strict=True))
    try:
        foreign, _ = rename(keys, own)
    except WeightsError:
        if stored.keys() != wanted:
            raise
    else:
        if stored.keys() != wanted or set(foreign.values()) == wanted:
            names = foreign
    later, idle = rename(list(names.values()), given)
    return {key: later[name] for key, name in names.items()}, idle


def _of_older_weight_norm(names: Mapping[str, str], wanted: Set[str]) -> dict[str, str]:
    """The new names of keys that torch's older `weight_norm` wrote, where the network has those of the newer one."""
    found: dict[str, str] = {}
    for key, name in names.items():
        path, dot, last = name.rpartition(".")
        if last in _OLDER and (newer := f"{path}{dot}{_OLDER[last]}") in wanted and newer not in names.values():
            found[key] = newer
    return found


def _counts(key: str, wanted: Mapping[str, Stored]) -> bool:
    """Whether it is the counter of a norm that is frozen in the network, and has none."""
    path, _, name = key.rpartition(".")
    return name == COUNTER and f"{path}.running_mean" in wanted


def _mismatch(key: str, wanted: Stored, found: Stored) -> Mismatch | None:
    """Why a tensor cannot take the place of another, if it cannot."""
    reason = ""
    if not found.dense or "complex" in found.dtype:
        reason = "not dense real numbers in the file"
    elif wanted.floating and not found.floating:
        reason = f"floating-point numbers in the network, {found.dtype} in the file"
    elif found.shape == wanted.shape:
        return None
    return Mismatch(key, found.shape, wanted.shape, reason)


def _adaptable(mismatch: Mismatch) -> bool:
    """Whether two weights of convolutions differ in their input channels alone."""
    found, wanted = mismatch.found, mismatch.wanted
    alike = len(found) == len(wanted) > 2 and found[0] == wanted[0] and found[2:] == wanted[2:]
    return alike and not mismatch.reason and found[1] > 0


def _adaptation(mismatch: Mismatch) -> Mismatch:
    """The mismatch, with what is done about it as its reason."""
    channels = mismatch.found[1]
    factor = Fraction(channels, mismatch.wanted[1])
    return replace(mismatch, reason=f"mean over {channels} input channels, times {factor}")
