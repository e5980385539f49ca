"""docs/language.md, section 11: extending."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from archspec.language import bundled_specs
from tests.sentences.case import Case, body, cases, full
from tests.sentences.test_merging import BASE

FILES = cases(
    """
    # a bundled name
    extends: resnet18
    params: {classes: 7}
    input: [3, 32, 32]
    #= 7
    #w layer4.1.conv2.weight 512 512 3 3

    extends: resnet19  #! A304: resnet19
    input: [4]
    layers: [act]

    extends: resnet19  #! A304: resnet19

    # a block in the place of `layers`, and the other way round
    extends: ./lists.yaml
    stages: {a: {block: conv_norm_act, channels: 3}, b: {norm: layer, layers: [norm]}}
    #> a.0.0 a.0.1 b.0
    #~ 0: norm(type=layer) → 3 × 8 × 8
    >>> lists.yaml
    input: [4, 8, 8]
    norm: batch
    act: relu
    stages: [{name: a, layers: [conv]}, {name: b, block: conv_norm_act, depth: 3}]

    # or `extends: ./base.yaml`
    extends: ./base.yaml
    #= 10

    # (relative, …)
    extends: base.yaml
    #= 10

    # inside the spec's own folder tree
    extends: deep/er/base.yaml
    #= 3 × 8 × 8
    >>> deep/er/base.yaml
    input: [4, 8, 8]
    layers: [conv: 3]

    extends: ../base.yaml  #! A305

    extends: deep/../../base.yaml  #! A305
    >>> deep/other.yaml
    blocks: {}

    # inside the spec's own folder tree: from a file further down, too
    include: [parts/a.yaml]
    extends: parts/base.yaml
    head: [a]
    #> b.conv a.b.conv
    >>> parts/a.yaml
    include: [../shared/b.yaml]
    blocks: {a: {layers: [b]}}
    >>> parts/base.yaml
    include: [../shared/b.yaml]
    input: [4, 8, 8]
    stem: [b]
    >>> shared/b.yaml
    blocks: {b: {layers: [conv]}}

    include: [parts/a.yaml]
    layers: [conv]
    >>> parts/a.yaml
    include: [../../b.yaml]  #! A305
    blocks: {}

    # no absolute path
    extends: /etc/base.yaml  #! A305: /etc/base.yaml

    extends: ~/base.yaml  #! A305

    # no URL
    extends: https://example.org/base.yaml  #! A305

    extends: file:base.yaml  #! A304

    # a file that is not there
    extends: ./bsae.yaml  #! A304: bsae.yaml

    extends: ./nothing.yaml  #! A304: nothing.yaml
    layers: [covn: 3]

    # a folder
    extends: ./deep  #! A304
    >>> deep/other.yaml
    blocks: {}

    # no cycle
    extends: ./a.yaml
    >>> a.yaml
    archspec: 1
    extends: ./b.yaml
    >>> b.yaml
    archspec: 1
    extends: ./a.yaml  #! A307

    extends: ./spec.yaml  #! A307

    include: [a.yaml]
    layers: [x]
    >>> a.yaml
    archspec: 1
    include: [b.yaml]
    blocks: {x: {layers: [conv]}}
    >>> b.yaml
    archspec: 1
    include: [a.yaml]  #! A307
    blocks: {}

    # sections over a base of `layers` are an error: they would stand beside it
    extends: ./base.yaml
    head: [linear: 3]  #! A206: layers
    >>> base.yaml
    input: [4, 8, 8]
    layers: [flatten, linear: 8]

    # extending what extends
    extends: ./middle.yaml
    params: {classes: 5}
    #= 5
    #w stem.weight 4 4 3 3
    #~ act: act(type=gelu) → 4 × 8 × 8
    >>> middle.yaml
    archspec: 1
    extends: ./base.yaml
    params: {width: 4}
    act: gelu

    # Includes are resolved in their own file before merging
    extends: sub/base.yaml
    include: [mine.yaml]
    head: [mine]
    #> part.conv mine.conv
    >>> sub/base.yaml
    include: [parts.yaml]
    input: [4, 8, 8]
    stem: [part]
    >>> sub/parts.yaml
    blocks: {part: {layers: [conv: 3]}}
    >>> mine.yaml
    blocks: {mine: {layers: [conv: 5]}}

    # an include over one of the base
    extends: base.yaml
    include: [mine.yaml]
    #= 5 × 8 × 8
    >>> base.yaml
    include: [parts.yaml]
    input: [4, 8, 8]
    stem: [part]
    >>> parts.yaml
    blocks: {part: {layers: [conv: 3]}}
    >>> mine.yaml
    blocks: {part: {layers: [conv: 5]}}

    # an include over a block of the base's own: resolved in its file before merging
    extends: base.yaml
    include: [mine.yaml]
    #= 5 × 8 × 8
    >>> base.yaml
    input: [4, 8, 8]
    blocks: {part: {layers: [conv: 3, oops]}}
    stem: [part]
    >>> mine.yaml
    blocks: {part: {layers: [conv: 5]}}

    # `norm`, `act` … replace whole, among the arguments of a stage or of a default too
    extends: base.yaml
    defaults: {conv_norm_act: {norm: {type: group, groups: 4}}, norm: {affine: false}}
    stages: {a: {norm: layer}, b: {act: {type: elu}, first: {norm: {type: rms}}}}
    #~ 1: norm(type=group, groups=4) → 4 × 8 × 8
    #~ 0: norm(type=layer, eps=1e-05, affine=false) → 4 × 8 × 8
    #~ act: act(type=elu) → 4 × 8 × 8
    #~ norm: norm(type=batch, eps=0.5, affine=false) → 4 × 8 × 8
    >>> base.yaml
    input: [4, 8, 8]
    norm: batch
    act: relu
    defaults: {conv_norm_act: {norm: {type: batch, eps: 0.1}}, norm: {eps: 0.5}}
    stem: [conv_norm_act, norm]
    stages:
    - {name: a, norm: {type: group, groups: 2}, layers: [norm: {eps: 1e-5}, norm: {eps: 1e-5, type: layer}]}
    - {name: b, act: {type: leaky_relu, negative_slope: 0.2}, block: own}
    blocks: {own: {layers: [conv, act]}}

    # mappings merge key by key; another initializer is no key of the one below it
    extends: base.yaml
    init: {conv: {weight: {normal: {std: 0.5}}, bias: {constant: {val: 2}}}, norm: {bias: ones}}
    #~ conv: conv → 4 × 8 × 8 weight~normal(std: 0.5) bias~constant(val: 2)
    #~ norm: norm(type=batch) → 4 × 8 × 8 weight~uniform(a: 0, b: 1) bias~ones
    >>> base.yaml
    input: [4, 8, 8]
    init:
      conv: {weight: {kaiming_normal: {mode: fan_out}}, bias: {constant: {val: 1}}}
      norm: {weight: {uniform: {a: 0, b: 1}}}
    layers: [conv, norm: batch]

    # a block of the file over one that it includes
    include: [parts.yaml]
    blocks: {part: {layers: [conv: 5]}}
    layers: [part]
    #= 5 × 8 × 8
    >>> parts.yaml
    blocks: {part: {layers: [conv: 3]}}

    # included files may use each other's blocks
    include: [a.yaml, b.yaml]
    layers: [x]
    #> x.y.conv
    >>> a.yaml
    blocks: {x: {layers: [y]}}
    >>> b.yaml
    blocks: {y: {layers: [conv]}}

    # a mistake in an included file
    include: [a.yaml]
    layers: [x]
    >>> a.yaml
    blocks:
      x: {layers: [covn: 8]}  #! A301: covn

    include: [a.yaml]
    layers: [act]
    >>> a.yaml
    blocks: ]  #! A102

    # a mistake in a base
    extends: ./base.yaml
    >>> base.yaml
    input: [4, 8, 8]
    layers: [covn: 8]  #! A301: covn

    extends: ./base.yaml
    params: {classes: 3}
    >>> base.yaml
    input: [4, 8  #! A102

    # a base that is no spec
    extends: ./base.yaml
    >>> base.yaml
    [act]  #! A203: mapping
    # archspec: 1

    # a shape that fits no more is told at the value that does not fit the base
    extends: ./base.yaml
    input: [4, 2, 2]  #! A403: 4 × 2 × 2
    >>> base.yaml
    input: [4, 8, 8]
    layers:
    - conv: {channels: 3, kernel: 5, padding: 0}

    # `extends` is a string
    extends: [resnet18]  #! A203: extends

    # `include` is a list
    include: parts.yaml  #! A203: include
    layers: [conv]
    >>> parts.yaml
    blocks: {}

    # `include` takes no bundled names
    include: [resnet18]  #! A304: resnet18
    layers: [conv]

    # an included file needs its version
    include: [a.yaml]
    layers: [conv]
    >>> a.yaml
    blocks: {x: {layers: [act]}}  #! A202: archspec
    # archspec: 1
    """,
    files={"base.yaml": BASE},
)


@FILES
def test_files(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


INCLUDING = [name for name, path in sorted(bundled_specs().items()) if "\ninclude:" in path.read_text("utf-8")]


@pytest.mark.parametrize("name", ["resnet50", *INCLUDING])
def test_a_spec_over_a_bundled_one_is_the_bundled_one(name: str, tmp_path: Path) -> None:
    """`extends: resnet50`; what the bundled one includes is found beside it"""
    spec = tmp_path / "spec.yaml"
    spec.write_text(f"archspec: 1\nextends: {name}\nname: mine\n", encoding="utf-8")
    assert body(archspec.compile(spec)) == body(archspec.compile(name))


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
