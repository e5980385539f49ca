from __future__ import annotations

import pytest

import archspec
from archspec.language import bundled_blocks, bundled_specs


def test_a_pattern_chooses_among_names_and_families(run):
    result = run("list", "resnet1*")
    assert result.exit_code == 0
    header, *rows = result.stdout.splitlines()
    assert header.split() == ["family", "spec", "params", "MACs", "reference"]
    assert [row.split()[1] for row in rows] == sorted(name for name in bundled_specs() if name.startswith("resnet1"))
    (row,) = (row for row in rows if " resnet18 " in row)
    assert row.split(None, 4) == [
        "resnet",
        "resnet18",
        "11,689,512",
        "1,814,073,344",
        archspec.load("resnet18").reference,
    ]
    family = run("list", "mlp").stdout
    assert "mlp_residual" in family
    assert "\nmlp " in family, "the block"


def test_blocks_have_their_parameters(run):
    result = run("list", "bas*c")
    header, row = result.stdout.splitlines()
    assert header.split() == ["block", "parameters", "description"]
    assert row.startswith("basic  channels: int, hidden_channels=$channels, stride=1, groups=1, ")
    assert "shortcut=auto, drop_path=0.0, attention: layers  Two 3×3 convolutions" in row


def test_what_matches_nothing_is_a_mistake(run):
    result = run("list", "botleneck")
    assert result.exit_code == 2
    assert result.stderr == "Error: no bundled spec or block matches `botleneck`; did you mean `bottleneck`?\n"
    assert run("list", "qqqq").stderr == "Error: no bundled spec or block matches `qqqq`\n"


@pytest.mark.slow
def test_everything_bundled_is_listed(run):
    result = run("list")
    assert result.exit_code == 0
    specs, blocks = result.stdout.split("\n\n")
    families = [line.split()[0] for line in specs.splitlines()[1:]]
    assert families == sorted(families)
    assert {line.split()[1] for line in specs.splitlines()[1:]} == set(bundled_specs())
    assert {line.split()[0] for line in blocks.splitlines()[1:]} == set(bundled_blocks())
