"""The rules together."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

import archspec
from archspec.diagnostics import Collector
from archspec.diagnostics.catalogue import SPEC, files, rules
from archspec.language import bundled_specs
from archspec.lint import Flow, lint
from tests.lint.case import check, full


@pytest.mark.parametrize("name", bundled_specs())
def test_bundled_networks(name: str) -> None:
    found = archspec.validate(name)
    assert not found, "\n\n".join(map(str, found))


PLAIN = """
archspec: 1
name: plain
{}
input: [16, 32, 32]
norm: batch
layers:
  - conv: 20
  - norm
  - conv: 8
"""


def test_the_words_of_advice(golden: Callable[[Path, str], None]) -> None:
    """All that is said about the example of each rule."""
    found = []
    for rule in (rule for rule in rules() if rule.code.startswith("A7")):
        findings = archspec.validate(files(rule.example)[SPEC].decode())
        assert rule.code in {finding.code for finding in findings}
        found += [f"{finding}\n" for finding in findings]
    golden(Path(__file__).with_name("advice.txt"), "\n".join(found))


def test_style_is_no_matter_where_the_network_is_somebodys(tmp_path: Path) -> None:
    """What an extending file adds is its own, what it takes over is not; what is unused or unsound is always told."""
    assert {d.code for d in archspec.validate(PLAIN.format(""))} == {"A703", "A708"}
    assert archspec.validate(PLAIN.format("reference: Someone 2020, A Network")) == []
    assert [d.code for d in archspec.validate(PLAIN.format("reference: Someone 2020\nparams: {width: 8}"))] == ["A713"]
    (tmp_path / "plain.yaml").write_text(PLAIN.format("reference: Someone 2020, A Network"))
    for more, codes in (("", set()), ("layers: [conv: 20, norm, conv: 8]", {"A703", "A708"})):
        path = tmp_path / "own.yaml"
        path.write_text(f"archspec: 1\nextends: ./plain.yaml\n{more}\n")
        assert {d.code for d in archspec.validate(path)} == codes


@pytest.mark.parametrize("reference", ["", "reference: Someone 2020"])
def test_weights_that_nothing_takes_are_theirs_and_layers_are_not(reference: str) -> None:
    text = f"archspec: 1\nname: own\n{reference}\ninput: [16, 8, 8]\nlayers:\n"
    weight = "  - parameter: {name: mask_token, shape: [16]}\n"
    layers = "  - conv: {name: a, channels: 16}\n  - conv: {from: input, channels: 16}\n"
    assert [d.code for d in archspec.validate(text + weight + "  - act: relu\n")] == ([] if reference else ["A714"])
    assert [d.code for d in archspec.validate(text + layers)] == ["A714"]


def test_bundled_networks_need_no_exceptions() -> None:
    assert not [name for name in bundled_specs() if archspec.load(name).lint.ignore]


def test_codes_to_ignore() -> None:
    check("- conv: 16  #! A703\n- norm")
    check("lint: {ignore: [A703]}\nlayers: [conv: 16, norm]")
    check("lint: {ignore: [A703]}\nlayers:\n  - conv: 20  #! A708\n  - norm\n  - conv: 8")
    check("lint: {ignore: [A703, A708]}\nlayers: [conv: 20, norm, conv: 8]")
    check("lint: {ignore: [A701], batch_size: 2}\nlayers: [norm]")


def test_errors_come_without_advice() -> None:
    found = archspec.validate(full("- conv: 16\n- norm\n- conv: {kernal: 3}"))
    assert [d.code for d in found] == ["A201"]


def test_advice_stands_in_the_order_of_the_file_and_forbids_nothing() -> None:
    check(
        """
        - conv: 24  #! A703
        - norm  #! A701
        - act
        - act  #! A704
        - conv: 24
        - global_pool
        - linear: 10
        - act  #! A705
    """,
        batch_size=4,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "layers",
    [
        "basic: 16",
        "conv: 24, norm, act, act, dropout: 0.1",
        "dropout: 0.1",
        "act: identity",
        "residual: {body: [conv: {bias: false}, norm], shortcut: [conv: 16]}",
        "residual: {body: [global_pool: {keepdim: true}, conv: 10, conv: 16], merge: mul}",
        "add: [input]",
    ],
)
def test_ten_thousand_blocks(layers: str) -> None:
    graph = archspec.compile(full(f"- repeat: {{times: 10000, layers: [{layers}]}}"))
    start = time.process_time()
    lint(Flow(graph, batch_size=1), Collector())
    assert time.process_time() - start < 5
