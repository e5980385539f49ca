from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.errors import WeightsError
from archspec.graph.rules import Rules
from archspec.weights import fit as module
from archspec.weights.adapt import Adapt
from archspec.weights.contents import Contents
from archspec.weights.fit import wanted
from archspec.weights.foreign import Foreign, foreign
from archspec.weights.rename import Rename
from archspec.weights.report import ROWS_SHOWN, WeightsReport
from archspec.weights.stored import Stored

KEYS = st.lists(st.sampled_from(["a", "b", "c", "m.a", "m.b", "x.num_batches_tracked", "m.x.num_batches_tracked"]))
TENSORS = st.builds(Stored, st.sampled_from([(), (1,), (2, 3)]), st.sampled_from(["float32", "int64", "complex64"]))
STATES = st.dictionaries(KEYS.filter(bool).map(lambda keys: keys[0]), TENSORS)


def state(**shapes: tuple[int, ...]) -> dict[str, Stored]:
    return {key.replace("__", "."): Stored(shape, "float32") for key, shape in shapes.items()}


def fit(ours: Mapping[str, Stored], theirs: Mapping[str, Stored], *given: Any, **options: Any) -> WeightsReport:
    return module.fit(ours, Contents(theirs), *given, **options)[0]


def network_keys(report: WeightsReport) -> list[str]:
    return [*report.loaded, *report.missing, *report.counters, *(m.key for m in report.mismatched)]


@given(STATES, STATES, st.booleans(), st.sampled_from([(), (Rename(r"^m\.", ""),), (Rename("^", "m."),)]))
def test_every_key_is_in_one_list(
    ours: Mapping[str, Stored], theirs: Mapping[str, Stored], partial: bool, rules: tuple[Rename, ...]
) -> None:
    try:
        report = fit(ours, theirs, renames=rules, partial=partial)
    except WeightsError:
        assert len({key.removeprefix("m.") for key in theirs}) < len(theirs)
        return
    assert sorted(network_keys(report)) == sorted(ours)
    renamed = [report.renamed.get(key, key) for key in theirs]
    assert sorted([*report.loaded, *report.unexpected, *(m.key for m in report.mismatched)]) == sorted(renamed)
    assert all(ours[key].shape == theirs[{new: old for old, new in report.renamed.items()}.get(key, key)].shape
               for key in report.loaded)  # fmt: skip
    assert report.complete == (not (report.missing or report.unexpected or report.mismatched))
    assert report.fits == (report.complete or (partial and bool(report.loaded)))
    assert str(report)


class TestText:
    def test_strictly(self) -> None:
        report = fit(state(a=(2,), b=(1,)), state(a=(3, 1), c=(1,)))
        assert str(report).splitlines() == [
            "  missing      b",
            "  unexpected   c",
            "  other shape  a  2 in the network, 3 × 1 in the file",
        ]

    def test_partially(self) -> None:
        report = fit(state(a=(2,), b=(1,), d=()), state(a=(3,), c=(), d=()), partial=True)
        assert str(report).splitlines() == [
            "1 of 3 tensors fit",
            "  missing      b  initialized",
            "  unexpected   c  left out",
            "  other shape  a  3 → 2, initialized",
        ]

    def test_what_was_renamed_and_what_was_not(self) -> None:
        report = fit(state(a=(2,), b=(1,)), state(m__a=(2,), b=(1,)), renames=[Rename("^m.", ""), Rename("z", "")])
        assert str(report) == "all 2 tensors fit, 1 of them renamed\n  note: the rename `z` changes no key"

    def test_a_long_table_is_cut(self) -> None:
        shapes = {f"k{i}": (1,) for i in range(ROWS_SHOWN + 7)}
        lines = str(fit(state(**shapes), state(a=(5,)))).splitlines()
        assert len(lines) == ROWS_SHOWN + 2
        assert lines[ROWS_SHOWN] == "  missing     … and 7 more"

    def test_a_key_cannot_command_the_terminal(self) -> None:
        text = str(fit(state(a=(1,)), {"\x1b[2J\n\u202ea\udc80": Stored((1,)), "k" * 5000: Stored((1,))}))
        assert text.replace("\n", "").isprintable()
        assert r"\x1b[2J\n\u202ea\udc80" in text
        assert max(map(len, text.splitlines())) < 300


class TestCounters:
    BN = state(bn__weight=(4,), bn__num_batches_tracked=())

    def test_old_files_lack_them(self) -> None:
        report = fit(self.BN, state(bn__weight=(4,)))
        assert report.fits
        assert report.counters == ("bn.num_batches_tracked",)
        assert str(report) == (
            "1 tensor fits\n  missing  1 × num_batches_tracked  as in files from before torch 0.4.1; they start at 0"
        )

    def test_where_one_is_missing_it_is_missing(self) -> None:
        ours = {**self.BN, **state(other__num_batches_tracked=())}
        report = fit(ours, self.BN)
        assert report.missing == ("other.num_batches_tracked",)
        assert not report.counters


class TestOwnRules:
    OURS = state(head__fc=(1,), trunk=(2,))
    KNOWN = Foreign(Rules(rename=(("fc", "head.fc"),)))

    def test_they_come_first(self) -> None:
        assert fit(self.OURS, state(fc=(1,), trunk=(2,)), self.KNOWN).fits
        assert fit(self.OURS, state(fc=(1,), m__trunk=(2,)), self.KNOWN, [Rename(r"^m\.", "")]).fits
        assert fit(self.OURS, state(kopf=(1,), trunk=(2,)), self.KNOWN, [Rename("kopf", "head.fc")]).fits

    def test_of_those_that_change_nothing_only_given_ones_are_told(self) -> None:
        rules = Rules(ignore=("old",), rename=(("fc", "head.fc"), ("old", "new")), transpose=("old",))
        report = fit(
            self.OURS, state(fc=(1,), trunk=(2,)), Foreign(rules), [Rename("kopf", "head.fc"), Rename("z", "")]
        )
        assert report.fits
        assert report.idle == ("kopf", "z")

    def test_a_file_of_ones_own_stays_as_it_is(self) -> None:
        report = fit(self.OURS, self.OURS, self.KNOWN)
        assert report.fits
        assert not report.renamed

    def test_two_of_ones_own_that_would_become_one_do_not(self) -> None:
        assert fit(self.OURS, self.OURS, Foreign(Rules(rename=(("^.*$", "x"),)))).fits
        with pytest.raises(WeightsError, match="both renamed"):
            fit(self.OURS, self.OURS, renames=[Rename("^.*$", "x")])

    def test_rules_that_exchange_keys_are_meant_where_shapes_say_so(self) -> None:
        swap = Foreign(Rules(rename=(("^head.fc$", "t"), ("^trunk$", "head.fc"), ("^t$", "trunk"))))
        assert fit(self.OURS, self.OURS, swap).renamed == {}
        others = state(head__fc=(2,), trunk=(1,))
        assert fit(self.OURS, others, swap).renamed == {"head.fc": "trunk", "trunk": "head.fc"}
        assert fit(self.OURS, others, swap).fits


class TestInputChannels:
    @pytest.mark.parametrize("name", ["resnet18", "vit_b_16", "densenet121", "mobileone_s0", "r3d_18"])
    def test_the_first_convolutions_are_found(self, name: str) -> None:
        own = wanted(archspec.compile(name))
        graph = archspec.compile({"archspec": 1, "extends": name, "input": [5, *_sizes(name)]})
        differ = {key for key, tensor in wanted(graph).items() if tensor.shape != own[key].shape}
        assert set(foreign(graph).first) == differ
        assert differ

    def test_convolutions_further_on_are_others(self) -> None:
        nodes = [{"pad": [1, 1, 1, 1]}, "act", {"conv": 3}, {"conv": 4}, {"conv": {"channels": 4, "groups": 2}}]
        graph = archspec.compile({"archspec": 1, "input": [3, 8, 8], "act": "relu", "layers": nodes})
        assert foreign(graph).first == {"conv.weight": ""}

    @pytest.mark.parametrize(("groups", "found"), [(1, True), (2, False), ("depthwise", False)])
    def test_a_grouped_convolution_is_not_adapted(self, groups: int | str, found: bool) -> None:
        """Its input channels are those of one group: the mean over those of another would mix them."""
        node = {"conv": {"channels": 8, "kernel": 3, "groups": groups}}
        ours, theirs = (archspec.compile({"archspec": 1, "input": [n, 8, 8], "layers": [node]}) for n in (4, 8))
        report = fit(wanted(ours), {**wanted(theirs), "conv.weight": Stored((8, 3, 3, 3), "float32")}, foreign(ours),
                     adapt=Adapt("mean"))  # fmt: skip
        assert bool(report.adapted) is found
        assert bool(report.mismatched) is not found

    def test_what_a_join_gives_is_not_the_input(self) -> None:
        nodes = [{"conv": {"name": "first"}}, {"add": ["input", "."]}, "conv"]
        graph = archspec.compile({"archspec": 1, "input": [3, 8, 8], "layers": nodes})
        assert foreign(graph).first == {"first.weight": ""}

    def test_only_input_channels_may_differ(self) -> None:
        own = Foreign(first=dict.fromkeys("cdef", ""))
        ours = state(c=(4, 1, 3, 3), d=(4, 1, 3, 3), e=(4, 1, 3, 3), f=(4, 1), g=(4, 1, 3, 3))
        theirs = state(c=(4, 3, 3, 3), d=(5, 3, 3, 3), e=(4, 3, 5, 5), f=(4, 3), g=(4, 3, 3, 3))
        report = fit(ours, theirs, own, adapt=Adapt("mean"))
        assert [(m.key, m.reason) for m in report.adapted] == [("c", "mean over 3 input channels, times 3")]
        assert [m.key for m in report.mismatched] == ["d", "e", "f", "g"]
        assert not fit(ours, theirs, own).adapted

    def test_numbers_that_are_none_are_not_adapted(self) -> None:
        theirs = {"c": Stored((4, 3, 3, 3), "int8")}
        assert not fit(state(c=(4, 1, 3, 3)), theirs, Foreign(first={"c": ""}), adapt=Adapt("mean")).adapted


def _sizes(name: str) -> list[int]:
    (value,) = archspec.compile(name).inputs.values()
    assert value.type is not None
    return [int(size) for size in value.type.size]


@pytest.mark.parametrize("file", ["float16", "float64", "float32"])
def test_says_where_dtypes_differ(file: str) -> None:
    wanted = {key: Stored((2,), "float32") for key in ("a", "b")} | {"n": Stored((), "int64")}
    stored = {**wanted, "a": Stored((2,), file)}
    report = fit(wanted, stored)
    assert report.fits
    assert report.converted == ({} if file == "float32" else {"a": (file, "float32")})
    assert (f"1 tensor  {file} in the file, float32 in the network" in str(report)) == (file != "float32")
