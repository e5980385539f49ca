"""Weights against a network: what of them is loaded, and what is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import fields, replace

from archspec.errors import WeightsError
from archspec.graph.graph import Graph
from archspec.graph.rules import Rules
from archspec.weights.adapt import NOTHING, Adapt, adaptation, obstacles, remedies, unused
from archspec.weights.contents import Contents
from archspec.weights.foreign import Foreign, is_own, stored
from archspec.weights.recipe import Prepared, Recipe, prepare
from archspec.weights.rename import Rename
from archspec.weights.report import ROWS_SHOWN, Mismatch, WeightsReport
from archspec.weights.similar import nearest
from archspec.weights.stored import Stored
from archspec.weights.suggest import suggest

COUNTER = "num_batches_tracked"
"""A buffer of batch normalization that torch has since version 0.4.1; files of before lack it."""


def wanted(graph: Graph) -> dict[str, Stored]:
    """The tensors that a network has, by key."""
    return stored(graph.weights())


_OLDER = {"weight_g": "parametrizations.weight.original0", "weight_v": "parametrizations.weight.original1"}
"""Keys of torch's older `weight_norm`, and those of the newer one."""


def fit(
    wanted: Mapping[str, Stored],
    contents: Contents,
    known: Foreign | None = None,
    renames: Sequence[Rename] = (),
    partial: bool = False,
    adapt: Adapt = NOTHING,
    own: bool | None = None,
) -> tuple[WeightsReport, Mapping[str, Recipe]]:
    """What of a file fits `wanted`, after the rules of the network's spec and then the given renames, and what each key
    is made of.

    `own` says whether the file was saved from the network itself; otherwise `is_own` finds out. Raises `WeightsError`
    where nothing tells, where two keys become one, or where a rule cannot be carried out or takes too long.
    """
    known = known or Foreign()
    taken = is_own(contents, wanted, known, own)
    report, recipes = _fit(wanted, contents, known, Rules() if taken else known.rules, renames, partial, adapt)
    if not report.complete and known.rules != Rules():
        with suppress(WeightsError):
            other, _ = _fit(wanted, contents, known, known.rules if taken else Rules(), renames, partial, adapt)
            more = tuple(key for key in other.loaded if key not in {*report.loaded})
            if len(other.loaded) > len(report.loaded):
                remedies = {"--foreign" if taken else "--own": more, **report.remedies}
                report = replace(report, remedies=remedies)
    return report, recipes


def _fit(
    wanted: Mapping[str, Stored],
    contents: Contents,
    known: Foreign,
    rules: Rules,
    renames: Sequence[Rename],
    partial: bool,
    adapt: Adapt,
) -> tuple[WeightsReport, Mapping[str, Recipe]]:
    """The same by the rules that hold for the file."""
    prepared = prepare(contents.tensors, {**wanted, **known.surplus}, rules, renames)
    prepared = _of_newer_weight_norm(prepared, {*wanted, *known.surplus})
    found = {key: tensor for key, tensor in prepared.tensors.items() if key not in known.surplus}
    odd = {key: _mismatch(key, wanted[key], found[key]) for key in wanted if key in found}
    misfits = [mismatch for mismatch in odd.values() if mismatch]
    adapted = {misfit.key: words for misfit in misfits if (words := adaptation(misfit, known, adapt))}
    mismatched = tuple(misfit for misfit in misfits if misfit.key not in adapted)
    loaded = tuple(key for key, mismatch in odd.items() if mismatch is None or key in adapted)
    absent = [key for key in wanted if key not in found]
    there = {known.ties.get(key, key) for key in loaded}
    tied = [key for key in absent if known.ties.get(key, key) in there]
    old = not any(key.endswith(COUNTER) for key in found)
    counters = [key for key in absent if old and key.rpartition(".")[2] == COUNTER]
    missing = {key: wanted[key] for key in absent if key not in counters and key not in tied}
    unexpected = {key: tensor for key, tensor in found.items() if key not in wanted and not _counts(key, wanted)}
    report = WeightsReport(
        loaded=loaded,
        missing=tuple(missing),
        unexpected=tuple(unexpected),
        mismatched=mismatched,
        adapted=tuple(replace(misfit, reason=adapted[misfit.key]) for misfit in misfits if misfit.key in adapted),
        counters=tuple(counters),
        tied=tuple(tied),
        **{entry.name: getattr(prepared.told, entry.name) for entry in fields(prepared.told)},
        nearest={**_nearest(missing, unexpected), **_nearest(unexpected, missing)},
        converted=_converted(loaded, found, wanted),
        suggestion=suggest(unexpected, missing, loaded),
        remedies=remedies(mismatched, known),
        obstacles=obstacles(mismatched, known, adapt),
        unused=unused(misfits, known, adapt),
        partial=partial,
        entry=contents.entry,
        others=contents.others,
    )
    return report, prepared.recipes


def _nearest(these: Mapping[str, Stored], those: Mapping[str, Stored]) -> dict[str, str]:
    """The most similar keys of the other side, for those that a table shows."""
    return nearest(list(these)[:ROWS_SHOWN], these, those)


def _converted(
    keys: Iterable[str], found: Mapping[str, Stored], wanted: Mapping[str, Stored]
) -> dict[str, tuple[str, str]]:
    """The keys whose numbers are of another type in the network, as far as both are known: that of the file first."""
    dtypes = {key: (found[key].dtype, wanted[key].dtype) for key in keys}
    return {key: (one, two) for key, (one, two) in dtypes.items() if one and two and one != two}


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


def _of_newer_weight_norm(prepared: Prepared, wanted: Set[str]) -> Prepared:
    """What a file has under the keys of torch's older `weight_norm`, under those of the newer one."""
    newer: dict[str, str] = {}
    for key in prepared.tensors:
        path, dot, last = key.rpartition(".")
        name = f"{path}{dot}{_OLDER.get(last, last)}"
        if name != key and name in wanted and name not in prepared.tensors:
            newer[key] = name
    tensors = {newer.get(key, key): tensor for key, tensor in prepared.tensors.items()}
    recipes = {newer.get(key, key): recipe for key, recipe in prepared.recipes.items()}
    return replace(prepared, tensors=tensors, recipes=recipes)
