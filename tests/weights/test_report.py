"""The table of what of some weights fits, and the notes below it."""

from __future__ import annotations

from typing import Any

import pytest

from archspec.weights.report import Mismatch, WeightsReport

COUNTS = [0, 1, 2, 4, 5, 9, 10, 11, 1000, 2345]


def names(count: int, start: str = "k") -> tuple[str, ...]:
    return tuple(f"{start}{number}" for number in range(count))


def rows(report: WeightsReport, kind: str) -> list[str]:
    """The rows of a kind, without it and with single spaces."""
    found = [" ".join(line.split()) for line in str(report).splitlines()]
    return [line.removeprefix(f"{kind} ") for line in found if line.startswith(f"{kind} ")]


def notes(report: WeightsReport) -> list[str]:
    return [line.strip() for line in str(report).splitlines() if line.startswith(("  note: ", "  help: "))]


def cut(lines: list[str]) -> list[str]:
    return lines if len(lines) <= 10 else [*lines[:10], f"… and {len(lines) - 10:,} more"]


def listed(keys: tuple[str, ...], most: int) -> str:
    more = f" and {len(keys) - most:,} more" if len(keys) > most else ""
    return ", ".join(f"`{key}`" for key in keys[:most]) + more


def tensors(count: int) -> str:
    return "1 tensor" if count == 1 else f"{count:,} tensors"


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize("count", COUNTS)
def test_what_does_not_fit_has_rows(count: int, partial: bool) -> None:
    keys, more = names(count), names(count, "m")
    shapes = tuple(Mismatch(key, (2, 3), ()) for key in keys)
    values = tuple(Mismatch(key, (), (), "sparse") for key in more)
    report = WeightsReport(("a",), keys, more, shapes + values, nearest={"k1": "n"}, partial=partial)
    near = ["; nearest: n" if key == "k1" else "" for key in keys]
    if partial:
        assert rows(report, "missing") == cut([f"{key} initialized{n}" for key, n in zip(keys, near, strict=True)])
        assert rows(report, "unexpected") == cut([f"{key} left out" for key in more])
        assert rows(report, "other shape") == cut([f"{key} 2 × 3 → a single number, initialized" for key in keys])
        assert rows(report, "other values") == cut([f"{key} sparse; initialized" for key in more])
    else:
        lines = [" ".join(filter(None, (key, n.removeprefix("; ")))) for key, n in zip(keys, near, strict=True)]
        assert rows(report, "missing") == cut(lines)
        assert rows(report, "unexpected") == cut(list(more))
        told = "a single number in the network, 2 × 3 in the file"
        assert rows(report, "other shape") == cut([f"{key} {told}" for key in keys])
        assert rows(report, "other values") == cut([f"{key} sparse" for key in more])
    rest = f" and initialize the other {3 * count:,}"
    assert notes(report) == [f"help: `--partial` would load 1 tensor{rest}"] * (count > 0 and not partial)
    assert (report.complete, report.fits) == (count == 0, partial or count == 0)


@pytest.mark.parametrize(
    ("count", "missing", "renamed", "head"),
    [
        (1, 0, 0, "1 tensor fits"),
        (1, 0, 1, "1 tensor fits, 1 of them renamed"),
        (2, 0, 1, "all 2 tensors fit, 1 of them renamed"),
        (1234, 0, 0, "all 1,234 tensors fit"),
        (1, 1, 0, "1 of 2 tensors fit"),
        (1, 1, 2, "1 of 2 tensors fit, 1 of them renamed"),
        (1234, 1000, 1234, "1,234 of 2,234 tensors fit, 1,234 of them renamed"),
    ],
)
def test_the_first_line_counts(count: int, missing: int, renamed: int, head: str) -> None:
    became = {f"old.{key}": key for key in (*names(count)[:renamed], "elsewhere")}
    report = WeightsReport(names(count), names(missing, "m"), renamed=became, partial=True)
    assert str(report).splitlines()[0] == head


@pytest.mark.parametrize("count", COUNTS)
def test_what_is_loaded_in_another_way_is_told_where_it_fits(count: int) -> None:
    keys = names(count)
    ways: dict[str, Any] = {
        "ignored": keys,
        "transposed": keys,
        "added": dict.fromkeys(keys, 1.0),
        "split": dict.fromkeys(keys, names(5, "p")),
        "concatenated": dict.fromkeys(keys, names(4, "p")),
        "reshaped": dict.fromkeys(keys, ((2, 3), (6,))),
        "tied": keys,
        "adapted": tuple(Mismatch(key, (3, 1), (3, 4), "mean") for key in keys),
        "converted": dict.fromkeys(keys, ("float16", "float32")),
        "counters": keys,
    }
    report = WeightsReport(("a",), **ways)
    told = [f"{tensors(count)} {listed(keys, 4)}"] * (count > 0)
    assert rows(report, "ignored") == rows(report, "transposed") == rows(report, "added 1") == told
    assert rows(report, "split") == cut([f"{key} into {listed(names(5, 'p'), 4)}" for key in keys])
    assert rows(report, "joined") == cut([f"{key} of {listed(names(4, 'p'), 4)}" for key in keys])
    assert rows(report, "reshaped") == cut([f"{key} 2 × 3 → 6" for key in keys])
    assert rows(report, "tied") == [f"{line}, which the file has under another key" for line in told]
    assert rows(report, "adapted") == cut([f"{key} 3 × 1 → 3 × 4, mean" for key in keys])
    assert rows(report, "converted") == [f"{tensors(count)} float16 in the file, float32 in the network"] * (count > 0)
    counters = f"{count:,} × num_batches_tracked as in files from before torch 0.4.1; they start at 0"
    assert rows(report, "missing") == [counters] * (count > 0)
    assert len(str(WeightsReport(("a",), ("m",), **ways)).splitlines()) == 2, "what does not fit comes alone"


def test_numbers_that_are_added_and_types_are_counted_each() -> None:
    added, types = {"a": 1.0, "b": -0.5, "c": 1.0}, {"a": ("x", "y"), "b": ("x", "z"), "c": ("x", "y")}
    report = WeightsReport(("a",), added=added, converted=types)
    assert (rows(report, "added 1"), rows(report, "added -0.5")) == (["2 tensors `a`, `c`"], ["1 tensor `b`"])
    assert rows(report, "converted") == [
        "2 tensors x in the file, y in the network",
        "1 tensor x in the file, z in the network",
    ]


@pytest.mark.parametrize("count", COUNTS)
def test_what_was_given_in_vain_and_what_would_help_are_noted(count: int) -> None:
    keys = names(count)
    assert notes(WeightsReport(("a",), idle=keys)) == [
        *(f"note: the rename `{key}` changes no key" for key in keys[:10]),
        *(["note: 1 more rename changes no key"] if count == 11 else []),
        *([f"note: {count - 10:,} more renames change no key"] if count > 11 else []),
    ]
    assert notes(WeightsReport(("a",), obstacles=dict.fromkeys(keys, "no"))) == [
        f"note: `{key}` cannot be adapted: no" for key in keys[:10]
    ]
    some = keys or ("k",)
    options = ("--adapt-positions", "reshape: x", "--in-channels 4", "--rename x=y")
    assert notes(WeightsReport(("a",), remedies=dict.fromkeys(options, some))) == [
        f"help: `--adapt-positions` would adapt {listed(some, 10)}",
        f"help: the rule `reshape: x` in `weights` of the spec would make {listed(some, 10)} fit",
        f"help: `--in-channels 4` would give the network the input channels of {listed(some, 10)}",
        f"help: `--rename x=y` would make {len(some):,} more fit",
    ]
    others = f"; `--key` takes another: {listed(keys, 10)}" if keys else ""
    assert notes(WeightsReport(("a",), entry="ema", others=keys)) == [
        f"note: these are the weights of the entry `ema`{others}"
    ]
    assert notes(WeightsReport((), keys, partial=True)) == ["note: `--partial` loads what fits, and here nothing does"]


def test_columns_are_aligned() -> None:
    lines = str(WeightsReport(("a",), ("short", "a.long.key"), ("x",), partial=True)).splitlines()[1:]
    assert {line.index(word) for line in lines for word in ("initialized", "left out") if word in line} == {26}
    assert not any(line != line.rstrip() for line in lines)
