from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import archspec

HEAD = "archspec: 1\ninput: [8, 8, 8]\nact: relu\nnorm: layer\n"


def unused(text: str, folder: Path, files: Mapping[str, str] | None = None) -> list[str]:
    """The names that are told to be unused."""
    for name, content in {"spec.yaml": HEAD + text, **(files or {})}.items():
        (folder / name).write_text(content, encoding="utf-8")
    found = archspec.validate(folder / "spec.yaml")
    assert all(d.severity == "warning" and d.help for d in found), "\n\n".join(map(str, found))
    return [f"{d.code} {d.span.text}" for d in found if d.span is not None and d.code in ("A712", "A713", "A715")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("blocks: {mine: {layers: [act]}}\nlayers: [act]", ["A712 mine"]),
        ("blocks: {a: {layers: [b]}, b: {layers: [act]}}\nlayers: [act]", ["A712 a", "A712 b"]),
        ("blocks: {a: {layers: [act]}}\ndefaults: {conv: {bias: false}}\nlayers: [conv: 8]", ["A712 a"]),
        ("params: {width: 8}\nlayers: [act]", ["A713 width"]),
        ("params: {width: 8, wide: 4}\nlayers: [conv: $wide]", ["A713 width"]),
        ("params: {width: 8}\ndescription: $width\nlayers: [act]", ["A713 width"]),
        ("blocks: {a: {params: {width: int}, layers: [act]}}\nlayers: [a: 8]", ["A713 width"]),
        ("blocks: {a: {params: {x: int, more: layers}, layers: [conv: $x]}}\nlayers: [a: 8]", ["A713 more"]),
        # that a block has a parameter of the name is no use of the spec's
        ("params: {w: 8}\nblocks: {a: {params: {w: 8}, layers: [conv: $w]}}\nlayers: [a]", ["A713 w"]),
        ("lint: {ignore: [A701, A707, A715]}\nlayers: [act]", []),
        ("lint: {ignore: [A701, A799, A301]}\nlayers: [act]", ["A715 A799", "A715 A301"]),
        ("lint: {ignore: [A799, A715]}\nlayers: [act]", []),
        ("lint: {ignore: [A712]}\nblocks: {mine: {layers: [act]}}\nparams: {w: 8}\nlayers: [act]", ["A713 w"]),
    ],
)
def test_what_nothing_uses(text: str, names: list[str], tmp_path: Path) -> None:
    assert unused(text, tmp_path) == names


@pytest.mark.parametrize(
    "text",
    [
        "blocks: {mine: {layers: [act]}}\nlayers: [mine]",
        "blocks: {mine: {layers: [act]}}\nlayers: [residual: [mine]]",
        "blocks: {mine: {layers: [act]}}\nstages: [{block: mine}]",
        "blocks: {mine: {layers: [act]}}\nparams: {block: mine}\nstages: [{block: $block}]",
        "blocks: {mine: {layers: [act]}}\nlayers: [mine: {when: false}, act]",
        "blocks: {a: {layers: [act]}, b: {layers: [seq: [a]]}}\nlayers: [parallel: [[b], []]]",
        "blocks: {a: {layers: [act]}, b: {params: {x: {type: layers, default: [a]}}, layers: [slot: x]}}\nlayers: [b]",
        "params: {width: 8, wide: $(width * 2)}\nlayers: [conv: $wide]",
        "params: {width: 8}\nlayers: [conv: {channels: 8, name: conv$width}]",
        "params: {width: 8}\nlayers: [conv: {when: $(width > 4)}, act]",
        "params: {width: 8}\ndefaults: {conv: {channels: $width}}\nlayers: [conv]",
        "params: {width: 8}\nlayers: [{repeat: {times: $width, layers: [act]}}]",
        "params: {std: 0.1}\ninit: {conv: {weight: {normal: {std: $std}}}}\nlayers: [conv]",
        "params: {last: a}\nlayers: [conv: {name: a}]\noutputs: {x: $last}",
        "params: {type: gelu}\nlayers: [{act: {type: $type}}]",
        "blocks: {a: {params: {x: int, y: $(x + 1)}, layers: [conv: $y]}}\nlayers: [a: 8]",
        "blocks: {a: {params: {more: layers}, layers: [slot: more]}}\nlayers: [a]",
        "blocks: {a: {params: {more: layers}, layers: [slot: {parameter: more}]}}\nlayers: [a]",
        "blocks: {a: {params: {skip: ref}, layers: [add: [., $skip]]}}\nlayers: [a: input]",
        "blocks: {a: {params: {s: 1}, layers: [residual: {body: [act], shortcut: {name: d$s}}]}}\nlayers: [a]",
    ],
)
def test_what_is_used(text: str, tmp_path: Path) -> None:
    assert unused(text, tmp_path) == []


def test_the_size_of_an_input_is_a_use(tmp_path: Path) -> None:
    text = "archspec: 1\nparams: {size: 8}\ninput: [3, $size, $size]\nlayers: [conv]\n"
    (tmp_path / "spec.yaml").write_text(text)
    assert archspec.validate(tmp_path / "spec.yaml") == []


def test_what_is_included_is_a_library(tmp_path: Path) -> None:
    blocks = "archspec: 1\nblocks: {a: {layers: [act]}, b: {params: {x: 1}, layers: [act]}}\n"
    assert unused("include: [blocks.yaml]\nlayers: [a]", tmp_path, {"blocks.yaml": blocks}) == []


def test_what_a_base_brings_is_not_the_fault_of_what_extends_it(tmp_path: Path) -> None:
    base = HEAD + "params: {classes: 10}\nblocks: {a: {layers: [act]}}\nlayers: [a, global_pool, linear: $classes]\n"
    (tmp_path / "spec.yaml").write_text("archspec: 1\nextends: ./base.yaml\nlayers: [global_pool]\n")
    (tmp_path / "base.yaml").write_text(base)
    assert archspec.validate(tmp_path / "spec.yaml") == []
    (tmp_path / "spec.yaml").write_text("archspec: 1\nextends: ./base.yaml\nparams: {classes: 7}\n")
    assert archspec.validate(tmp_path / "spec.yaml") == []
    (tmp_path / "spec.yaml").write_text("archspec: 1\nextends: ./base.yaml\nparams: {classes: 7}\nlayers: [act]\n")
    assert [d.code for d in archspec.validate(tmp_path / "spec.yaml")] == ["A713"]


def test_errors_come_without_it(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(HEAD + "params: {width: 8}\nlayers: [conv: $widht]\n")
    assert [d.code for d in archspec.validate(tmp_path / "spec.yaml")] == ["A252"]
