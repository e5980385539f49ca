"""Weights against a network: what of them is loaded, and what is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from archspec.errors import WeightsError
from archspec.graph.graph import Graph
from archspec.weights.adapt import NOTHING, Adapt, adaptation, obstacles, remedies
from archspec.weights.contents import Contents
from archspec.weights.foreign import Foreign
from archspec.weights.rename import Rename, rename
from archspec.weights.report import ROWS_SHOWN, Mismatch, WeightsReport
from archspec.weights.similar import nearest, suggest
from archspec.weights.stored import Stored

COUNTER = "num_batches_tracked"
"""A buffer of batch normalization that torch has since version 0.4.1; files of before lack it."""


def wanted(graph: Graph) -> dict[str, Stored]:
    """The tensors that a network has, by key."""
    return {key: Stored(weight.shape, weight.dtype) for key, weight in graph.weights()}


def fit(
    wanted: Mapping[str, Stored],
    contents: Contents,
    own: Foreign | None = None,
    renames: Sequence[Rename] = (),
    partial: bool = False,
    adapt: Adapt = NOTHING,
) -> WeightsReport:
    """What of a file fits `wanted`, after the network's own renames and then the given ones.

    Raises `WeightsError` where two keys are renamed to one, or where a rename takes too long.
    """
    own, stored = own or Foreign(), contents.tensors
    names, idle = _names({*wanted, *own.surplus}, stored, own.renames, renames)
    found = {names[key]: tensor for key, tensor in stored.items() if names[key] not in own.surplus}
    odd = {key: _mismatch(key, wanted[key], found[key]) for key in wanted if key in found}
    misfits = [mismatch for mismatch in odd.values() if mismatch]
    adapted = {misfit.key: words for misfit in misfits if (words := adaptation(misfit, own, adapt))}
    mismatched = tuple(misfit for misfit in misfits if misfit.key not in adapted)
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
        mismatched=mismatched,
        adapted=tuple(replace(misfit, reason=adapted[misfit.key]) for misfit in misfits if misfit.key in adapted),
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
        remedies=remedies(mismatched, own),
        obstacles=obstacles(mismatched, own, adapt),
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
