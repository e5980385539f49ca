"""LANGUAGE.md, section 11: extending."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from tests.language.case import Case, body, cases, full, graph_of

BASE = """
name: base
description: The base.
params: {classes: 10, width: {type: int, default: 8, min: 4}, depths: [1, 2]}
input: [4, 8, 8]
norm: {type: batch, eps: 0.001}
act: relu
defaults: {conv: {bias: false, kernel: 3}}
init: {conv: {weight: zeros, bias: zeros}}
blocks: {own: {params: {c: 8, stride: 1}, layers: [conv: {channels: $c, stride: $stride}, norm, act]}}
stem: [conv: {name: stem, channels: $width}]
stages:
  - {name: a, block: own, depth: 1, c: $width}
  - {block: own, depth: 2, c: $(2 * width), stride: 2}
head: [global_pool, linear: {name: fc, features: $classes}]
budget: {params: 100000, depth: 20}
lint: {batch_size: 8}
"""


def over(text: str, says: str, **more: object) -> Case:
    """A spec that extends the base."""
    return Case(says, "extends: ./base.yaml\n" + text, files={"base.yaml": BASE}, **more)  # type: ignore[arg-type]


MERGING = cases(
    over(
        "",
        "start from that spec",
        modules="stem a.0.conv a.0.norm stage2.0.conv stage2.0.norm stage2.1.conv stage2.1.norm fc",
    ),
    over("params: {classes: 3}", "Mappings merge key by key", output="3"),
    over(
        "params: {width: 16}",
        "a plain value over a full parameter sets its default",
        weights={"stem.weight": (16, 4, 3, 3)},
    ),
    over(
        "params: {width: 3}  #! A204: at least 4",
        "a plain value over a full parameter sets its default: the rest stays",
    ),
    over(
        "params: {width: wide}  #! A204: integer",
        "a plain value over a full parameter sets its default: the rest stays",
    ),
    over("params: {width: {max: 9}}", "a full parameter over a full one merges", weights={"stem.weight": (8, 4, 3, 3)}),
    over("params: {depths: [5]}\nhead: [global_pool, linear: $(len(depths))]", "scalars and lists replace", output="1"),
    over(
        "params: {extra: 5}\nhead: [global_pool, linear: $(extra + classes)]", "a parameter of one's own", output="15"
    ),
    over("head: [flatten, linear: 5]", "lists replace", weights={"linear.weight": (5, 256)}),
    over("stem: []", "lists replace", weights={"a.0.conv.weight": (8, 4, 3, 3)}),
    over(
        "defaults: {conv: {bias: true}, linear: {bias: false}}",
        "Mappings merge key by key",
        weights={"stem.bias": (8,), "stem.weight": (8, 4, 3, 3)},
        shows="fc: linear(features=10, bias=false) → 10",
    ),
    over(
        "init: {conv: {weight: ones}}\ndefaults: {conv: {bias: true}}",
        "Mappings merge key by key",
        shows="stem: conv(channels=8, kernel=3) → 8 × 8 × 8 weight~ones bias~zeros",
    ),
    over("norm: layer", "`norm` … replace whole", shows="norm: norm(type=layer) → 8 × 8 × 8"),
    over("norm: {type: batch}", "`norm` … replace whole", shows="norm: norm(type=batch) → 8 × 8 × 8"),
    over("norm: {eps: 0.1}  #! A202: type", "`norm` … replace whole"),
    over("act: {type: elu, alpha: 0.5}", "`act` … replace whole", shows="act: act(type=elu, alpha=0.5) → 8 × 8 × 8"),
    over("input: [1, 16, 16]", "`input` … replace whole", weights={"stem.weight": (8, 1, 3, 3)}),
    over("input: [1, 64]", "`input` … replace whole", weights={"stem.weight": (8, 1, 3)}),
    over("input: {channels: 2, size: 64}", "`input` … replace whole", weights={"stem.weight": (8, 2, 3)}),
    over(
        "blocks: {own: {params: {c: 8, stride: 1}, layers: [act]}}",
        "each block definition replace whole",
        modules="stem fc",
    ),
    Case(
        "each block definition replace whole",
        "extends: ./base.yaml\nblocks: {own: {layers: [act]}}",
        files={
            "base.yaml": BASE.replace("depth: 1, c: $width}", "depth: 1, c: $width}  #! A303: c").replace(
                "stride: 2}", "stride: 2}  #! A303: c #! A303: stride"
            )
        },
    ),
    over(
        "blocks: {other: {layers: [conv: 3]}}\nhead: [other, own]",
        "blocks of one's own beside those of the base",
        modules="stem a.0.conv a.0.norm stage2.0.conv stage2.0.norm stage2.1.conv stage2.1.norm other.conv own.conv own.norm",
    ),
    over("layers: [conv: 3]", "`layers` over a base replaces its stem, stages and head", modules="conv"),
    over("layers: [conv: 3]  #! A206: head\nhead: [act]", "`layers` … and not both"),
    over("description: Mine.\nreference: Mine too.", "scalars … replace"),
    over(
        "stages: {a: {stride: 2}}",
        "Over a base, `stages` may be a mapping from stage name to the keys that change",
        output="10",
        shows="conv: conv(channels=8, kernel=3, stride=2, bias=false) → 8 × 4 × 4 weight~zeros",
    ),
    over(
        "stages: {stage2: {depth: 1, c: 3}}",
        "a mapping from stage name (default names too)",
        weights={"stage2.0.conv.weight": (3, 8, 3, 3), "fc.weight": (10, 3)},
    ),
    over(
        "stages: {a: {first: {c: 5}}, stage2: {norm: layer}}",
        "keys that change, or are added",
        shows="norm: norm(type=layer) → 16 × 4 × 4",
    ),
    over("stages: {layer4: {stride: 1}}  #! A303: layer4", "stage name"),
    over("stages: {a: 3}  #! A203: a", "the keys that change"),
    over("stages: {a: {d: 3}}  #! A303: `d`", "the keys that change are checked as ever"),
    over("stages: [{block: own}]", "lists replace", modules="stem stage1.0.conv stage1.0.norm fc"),
    over("outputs: {low: a, high: .}", "`outputs`", output="8 × 8 × 8, 10"),
    over("budget: {params: 50}  #! A601", "`budget` merges key by key"),
    over("lint: {ignore: [W501]}", "`lint` merges key by key"),
    over("name: Mine  #! A203: Mine", "what it changes is checked"),
    over("hade: [act]  #! A201: hade", "what it changes is checked"),
    over("head: [linear: 3]  #! A402: channels first", "what it changes is checked"),
)

FILES = cases(
    Case(
        "a bundled name",
        "extends: resnet18\nparams: {classes: 7}\ninput: [3, 32, 32]",
        files={"x": ""},
        output="7",
        weights={"layer4.1.conv2.weight": (512, 512, 3, 3)},
    ),
    Case("a bundled name", "extends: resnet19  #! A304: resnet19\ninput: [4]\nlayers: [act]", files={"x": ""}),
    Case("a bundled name", "extends: resnet19  #! A304: resnet19", files={"x": ""}),
    Case("or `extends: ./base.yaml`", "extends: ./base.yaml", files={"base.yaml": BASE}, output="10"),
    Case("(relative, …)", "extends: base.yaml", files={"base.yaml": BASE}, output="10"),
    Case(
        "inside the spec's own folder tree",
        "extends: deep/er/base.yaml",
        files={"deep/er/base.yaml": BASE},
        output="10",
    ),
    Case("inside the spec's own folder tree", "extends: ../base.yaml  #! A305", files={"x": ""}),
    Case("inside the spec's own folder tree", "extends: deep/../../base.yaml  #! A305", files={"deep/x": ""}),
    Case("no absolute path", "extends: /etc/base.yaml  #! A305: /etc/base.yaml", files={"x": ""}),
    Case("no absolute path", "extends: ~/base.yaml  #! A305", files={"x": ""}),
    Case("no URL", "extends: https://example.org/base.yaml  #! A305", files={"x": ""}),
    Case("no URL", "extends: file:base.yaml  #! A304", files={"x": ""}),
    Case("a file that is not there", "extends: ./bsae.yaml  #! A304: bsae.yaml", files={"base.yaml": BASE}),
    Case(
        "a file that is not there", "extends: ./nothing.yaml  #! A304: nothing.yaml\nlayers: [covn: 3]", files={"x": ""}
    ),
    Case("a folder", "extends: ./deep  #! A304", files={"deep/x": ""}),
    Case(
        "no cycle",
        "extends: ./a.yaml",
        files={"a.yaml": "archspec: 1\nextends: ./b.yaml", "b.yaml": "archspec: 1\nextends: ./a.yaml  #! A307"},
    ),
    Case("no cycle", "extends: ./spec.yaml  #! A307", files={"x": ""}),
    Case(
        "no cycle",
        "include: [a.yaml]\nlayers: [x]",
        files={
            "a.yaml": "archspec: 1\ninclude: [b.yaml]\nblocks: {x: {layers: [conv]}}",
            "b.yaml": "archspec: 1\ninclude: [a.yaml]  #! A307\nblocks: {}",
        },
    ),
    Case(
        "sections over a base of `layers` are an error: they would stand beside it",
        "extends: ./base.yaml\nhead: [linear: 3]  #! A206: layers",
        files={"base.yaml": "input: [4, 8, 8]\nlayers: [flatten, linear: 8]"},
    ),
    Case(
        "extending what extends",
        "extends: ./middle.yaml\nparams: {classes: 5}",
        files={"middle.yaml": "archspec: 1\nextends: ./base.yaml\nparams: {width: 4}\nact: gelu", "base.yaml": BASE},
        output="5",
        weights={"stem.weight": (4, 4, 3, 3)},
        shows="act: act(type=gelu) → 4 × 8 × 8",
    ),
    Case(
        "Includes are resolved in their own file before merging",
        "extends: sub/base.yaml\ninclude: [mine.yaml]\nhead: [mine]",
        files={
            "sub/base.yaml": "include: [parts.yaml]\ninput: [4, 8, 8]\nstem: [part]",
            "sub/parts.yaml": "blocks: {part: {layers: [conv: 3]}}",
            "mine.yaml": "blocks: {mine: {layers: [conv: 5]}}",
        },
        modules="part.conv mine.conv",
    ),
    Case(
        "an include over one of the base",
        "extends: base.yaml\ninclude: [mine.yaml]",
        files={
            "base.yaml": "include: [parts.yaml]\ninput: [4, 8, 8]\nstem: [part]",
            "parts.yaml": "blocks: {part: {layers: [conv: 3]}}",
            "mine.yaml": "blocks: {part: {layers: [conv: 5]}}",
        },
        output="5 × 8 × 8",
    ),
    Case(
        "a block of the file over one that it includes",
        "include: [parts.yaml]\nblocks: {part: {layers: [conv: 5]}}\nlayers: [part]",
        files={"parts.yaml": "blocks: {part: {layers: [conv: 3]}}"},
        output="5 × 8 × 8",
    ),
    Case(
        "included files may use each other's blocks",
        "include: [a.yaml, b.yaml]\nlayers: [x]",
        files={"a.yaml": "blocks: {x: {layers: [y]}}", "b.yaml": "blocks: {y: {layers: [conv]}}"},
        modules="x.y.conv",
    ),
    Case(
        "a mistake in an included file",
        "include: [a.yaml]\nlayers: [x]",
        files={"a.yaml": "blocks:\n  x: {layers: [covn: 8]}  #! A301: covn"},
    ),
    Case("a mistake in an included file", "include: [a.yaml]\nlayers: [act]", files={"a.yaml": "blocks: ]  #! A102"}),
    Case(
        "a mistake in a base",
        "extends: ./base.yaml",
        files={"base.yaml": "input: [4, 8, 8]\nlayers: [covn: 8]  #! A301: covn"},
    ),
    Case(
        "a mistake in a base",
        "extends: ./base.yaml\nparams: {classes: 3}",
        files={"base.yaml": "input: [4, 8  #! A102"},
    ),
    Case(
        "a base that is no spec", "extends: ./base.yaml", files={"base.yaml": "[act]  #! A203: mapping\n# archspec: 1"}
    ),
    Case(
        "a shape that fits no more is told at the base's line",
        "extends: ./base.yaml\ninput: [4, 2, 2]",
        files={
            "base.yaml": "input: [4, 8, 8]\nlayers:\n- conv: {channels: 3, kernel: 5, padding: 0}  #! A403: 4 × 2 × 2"
        },
    ),
    Case("`extends` is a string", "extends: [resnet18]  #! A203: extends", files={"x": ""}),
    Case(
        "`include` is a list",
        "include: parts.yaml  #! A203: include\nlayers: [conv]",
        files={"parts.yaml": "blocks: {}"},
    ),
    Case("`include` takes no bundled names", "include: [resnet18]  #! A304: resnet18\nlayers: [conv]", files={"x": ""}),
    Case(
        "an included file needs its version",
        "include: [a.yaml]\nlayers: [conv]",
        files={"a.yaml": "blocks: {x: {layers: [act]}}  #! A202: archspec\n# archspec: 1"},
    ),
)


@MERGING
def test_merging(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@FILES
def test_files(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_a_spec_over_a_bundled_one_is_the_bundled_one() -> None:
    """`extends: resnet50`"""
    assert body(graph_of("archspec: 1\nextends: resnet50\nname: mine\n")) == body(archspec.compile("resnet50"))


@pytest.mark.parametrize("link", ["outside.yaml", "folder/outside.yaml"])
def test_a_link_does_not_lead_outside(tmp_path: Path, link: str) -> None:
    """inside the spec's own folder tree"""
    home = tmp_path / "home"
    (home / Path(link).parent).mkdir(parents=True, exist_ok=True)
    (tmp_path / "secret.yaml").write_text(full(BASE, bare=True))
    (home / link).symlink_to(tmp_path / "secret.yaml")
    spec = home / "spec.yaml"
    spec.write_text(f"archspec: 1\nextends: ./{link}\n")
    assert [d.code for d in archspec.validate(spec)] == ["A305"]


def test_a_text_has_no_folder_but_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`extends: ./base.yaml` (relative, …)"""
    (tmp_path / "base.yaml").write_text(full(BASE, bare=True))
    monkeypatch.chdir(tmp_path)
    assert archspec.validate("archspec: 1\nextends: ./base.yaml\n") == []
