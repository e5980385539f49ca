from __future__ import annotations

import pytest

from archspec.diagnostics import Collector
from archspec.language import bundled_blocks, bundled_specs, read
from archspec.source import plain, read_text

pytestmark = pytest.mark.usefixtures("folder")

WRITTEN = {
    "after a comment": (
        "  # why\n  # so\n  own:\n    layers:\n      - conv: 3  # three\n",
        "  # why\n  # so\n  own:\n",
    ),
    "in one line": ("  own: {layers: [conv: 3]}  # three\n", "  own: {layers: [conv: 3]}  # three\n"),
    "far inside": ("      own:\n            layers:\n             - conv: 3\n", "  own:\n        layers:\n"),
    "near": (" own:\n  layers:\n  - conv: 3\n", "  own:\n   layers:\n   - conv: 3\n"),
    "with blank lines": (
        "  own:\n\n    layers:\n\n      - conv: 3\n\n\n",
        "  own:\n\n    layers:\n\n      - conv: 3\n",
    ),
    "with text": (
        "  own:\n    description: |\n      a\n        b\n    layers: [conv: 3]\n",
        "    description: |\n      a\n",
    ),
    "with others around": ("  a: {layers: [conv]}\n  own: {layers: [conv: 3]}\n  b: {layers: [conv]}\n", "  own: {"),
}


@pytest.mark.parametrize("name", sorted(bundled_specs()))
def test_a_bundled_spec_is_printed_as_it_is_and_each_of_its_blocks(name, run):
    path = bundled_specs()[name]
    assert run("show", name).stdout == path.read_text(encoding="utf-8")
    for block, found in read(name).blocks.items():
        result = run("show", name, "--block", block)
        assert result.exit_code == 0
        _, tree = read_text(result.stdout, "cut", Collector())
        _, whole = read_text(found.span.source.text, "whole", Collector())
        assert plain(tree) == {"archspec": 1, "blocks": {block: plain(whole)["blocks"][block]}}


@pytest.mark.parametrize("name", bundled_blocks())
def test_a_bundled_block_is_printed_as_it_is(name, run):
    text = bundled_blocks()[name].read_text(encoding="utf-8")
    assert run("show", "--block", name).stdout == text
    if name not in bundled_specs():
        assert run("show", name).stdout == text


def test_a_spec_comes_before_a_block_and_says_so(run):
    result = run("show", "mlp_residual")
    assert result.stdout.startswith("archspec: 1\nname: mlp_residual\n")
    assert "archspec show --block mlp_residual" in result.stderr


@pytest.mark.parametrize(("text", "shown"), WRITTEN.values(), ids=WRITTEN)
def test_a_block_is_cut_out_of_its_file(text, shown, folder, run):
    whole = f"archspec: 1\nblocks:\n{text}"
    (folder / "own.yaml").write_text(whole)
    result = run("show", "own.yaml", "--block", "own")
    assert result.exit_code == 0
    assert result.stdout.startswith("archspec: 1\nblocks:\n")
    assert shown in result.stdout
    wanted = plain(read_text(whole, "whole", Collector())[1])["blocks"]["own"]
    assert plain(read_text(result.stdout, "cut", Collector())[1])["blocks"] == {"own": wanted}


def test_in_flow_style_what_stands_around_is_left_out(folder, run):
    (folder / "own.yaml").write_text("archspec: 1\nblocks: {own: {layers: [conv: 3]}, other: {layers: [conv]}}\n")
    assert run("show", "own.yaml", "--block", "own").stdout == "archspec: 1\nblocks:\n  own: {layers: [conv: 3]}\n"


def test_a_file_is_printed_even_with_mistakes(folder, run):
    assert run("show", "broken.yaml").stdout == (folder / "broken.yaml").read_text()
    text = "archspec: 1\r\n# é\r\n"
    assert run("show", "-", input=text).stdout_bytes == text.encode()


def test_a_terminal_is_not_steered(run, monkeypatch, folder):
    (folder / "own.yaml").write_text("archspec: 1\n# \x1b[31m\n")
    assert "\x1b" in run("show", "own.yaml").stdout, "a file is copied as it is"
    monkeypatch.setattr("archspec.cli.show.is_terminal", lambda: True)
    assert "\x1b" not in run("show", "own.yaml").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("botleneck",), 2, "there is no file, bundled spec or block `botleneck`; did you mean `bottleneck`?"),
        (("conv",), 2, "`conv` is an op: `archspec explain conv` tells what it is"),
        (("residual",), 2, "`residual` is a combinator: `archspec explain residual` tells what it is"),
        (("budget",), 2, "`budget` is a key: `archspec explain budget` tells what it is"),
        (("tny.yaml",), 2, "there is no file `tny.yaml`; did you mean `tiny.yaml`?"),
        ((), 2, "name a spec or a block"),
        (("--block", "bsic"), 2, "there is no bundled block `bsic`; did you mean `basic`?"),
        (("tiny.yaml", "--block", "qqqq"), 2, "`tiny` has no block `qqqq`; it has none of its own"),
        (("alias.yaml", "--block", "two"), 2, "the block `two` is an alias of line"),
        (("binary.yaml",), 1, "cannot be read"),
        (("\x1b[31m",), 2, "there is no file or bundled spec `\\x1b[31m`"),
    ],
)
def test_what_cannot_be_shown_is_a_mistake(arguments, code, message, run, folder):
    (folder / "alias.yaml").write_text("archspec: 1\nblocks:\n  one: &x\n    layers: [conv]\n  two: *x\n")
    (folder / "binary.yaml").write_bytes(bytes(range(256)))
    result = run("show", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
