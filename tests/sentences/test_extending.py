"""docs/language.md, section 11: extending."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from archspec.language import bundled_specs
from tests.sentences.case import Case, body, cases, full, graph_of

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


MERGING = cases(
    """
    # start from that spec
    #> stem a.0.conv a.0.norm stage2.0.conv stage2.0.norm stage2.1.conv stage2.1.norm fc

    # Mappings merge key by key
    params: {classes: 3}
    #= 3

    # a plain value over a full parameter sets its default
    params: {width: 16}
    #w stem.weight 16 4 3 3

    # a plain value over a full parameter sets its default: the rest stays
    params: {width: 3}  #! A204: at least 4

    params: {width: wide}  #! A204: integer

    # a full parameter over a full one merges
    params: {width: {max: 9}}
    #w stem.weight 8 4 3 3

    # scalars and lists replace
    params: {depths: [5]}
    head: [global_pool, linear: $(len(depths))]
    #= 1

    # a parameter of one's own
    params: {extra: 5}
    head: [global_pool, linear: $(extra + classes)]
    #= 15

    # lists replace
    head: [flatten, linear: 5]
    #w linear.weight 5 256

    stem: []
    #w a.0.conv.weight 8 4 3 3

    # Mappings merge key by key
    defaults: {conv: {bias: true}, linear: {bias: false}}
    #w stem.bias 8, stem.weight 8 4 3 3
    #~ fc: linear(features=10, bias=false) → 10

    init: {conv: {weight: ones}}
    defaults: {conv: {bias: true}}
    #~ stem: conv(channels=8, kernel=3) → 8 × 8 × 8 weight~ones bias~zeros

    # `norm` … replace whole
    norm: layer
    #~ norm: norm(type=layer) → 8 × 8 × 8

    norm: {type: batch}
    #~ norm: norm(type=batch) → 8 × 8 × 8

    norm: {eps: 0.1}  #! A202: type

    # `act` … replace whole
    act: {type: elu, alpha: 0.5}
    #~ act: act(type=elu, alpha=0.5) → 8 × 8 × 8

    # `input` … replace whole
    input: [1, 16, 16]
    #w stem.weight 8 1 3 3

    input: [1, 64]
    #w stem.weight 8 1 3

    input: {channels: 2, size: 64}
    #w stem.weight 8 2 3

    inputs: {image: [1, 16, 16]}
    #w stem.weight 8 1 3 3

    # each block definition replace whole
    blocks: {own: {params: {c: 8, stride: 1}, layers: [act]}}
    #> stem fc
    """,
    Case(
        "each block definition replace whole",
        """
        extends: ./base.yaml
        blocks: {own: {layers: [act]}}
        """,
        files={
            "base.yaml": """
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
              - {name: a, block: own, depth: 1, c: $width}  #! A303: c
              - {block: own, depth: 2, c: $(2 * width), stride: 2}  #! A303: c #! A303: stride
            head: [global_pool, linear: {name: fc, features: $classes}]
            budget: {params: 100000, depth: 20}
            lint: {batch_size: 8}
            """,
        },
    ),
    """
    # blocks of one's own beside those of the base
    blocks: {other: {layers: [conv: 3]}}
    head: [other, own]
    #> stem a.0.conv a.0.norm stage2.0.conv stage2.0.norm stage2.1.conv stage2.1.norm other.conv own.conv own.norm

    # `layers` over a base replaces its stem, stages and head
    layers: [conv: 3]
    #> conv

    # `layers` … and not both
    layers: [conv: 3]  #! A206: head
    head: [act]

    # scalars … replace
    description: Mine.
    reference: Mine too.

    # Over a base, `stages` may be a mapping from stage name to the keys that change
    stages: {a: {stride: 2}}
    #= 10
    #~ conv: conv(channels=8, kernel=3, stride=2, bias=false) → 8 × 4 × 4 weight~zeros

    # a mapping from stage name (default names too)
    stages: {stage2: {depth: 1, c: 3}}
    #w stage2.0.conv.weight 3 8 3 3, fc.weight 10 3

    # keys that change, or are added
    stages: {a: {first: {c: 5}}, stage2: {norm: layer}}
    #~ norm: norm(type=layer) → 16 × 4 × 4

    # `layers` in the place of a block and its arguments, and the other way round
    stages: {a: {layers: [conv: {channels: 8, name: z}]}}
    #> stem a.z stage2.0.conv stage2.0.norm stage2.1.conv stage2.1.norm fc

    stages: {a: {layers: [conv], depth: 2}}  #! A201: depth

    # stage name
    stages: {layer4: {stride: 1}}  #! A303: layer4

    # the keys that change
    stages: {a: 3}  #! A203: a

    # the keys that change are checked as ever
    stages: {a: {d: 3}}  #! A303: `d`

    # lists replace
    stages: [{block: own}]
    #> stem stage1.0.conv stage1.0.norm fc

    # `outputs`
    outputs: {low: a, high: .}
    #= 8 × 8 × 8, 10

    # `budget` merges key by key
    budget: {params: 50}  #! A601

    # `lint` merges key by key
    lint: {ignore: [W501]}

    # what it changes is checked
    name: Mine  #! A203: Mine

    hade: [act]  #! A201: hade

    head: [linear: 3]  #! A402: channels first
    """,
    head="extends: ./base.yaml\n",
    files={"base.yaml": BASE},
)

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

    # a shape that fits no more is told at the base's line
    extends: ./base.yaml
    input: [4, 2, 2]
    >>> base.yaml
    input: [4, 8, 8]
    layers:
    - conv: {channels: 3, kernel: 5, padding: 0}  #! A403: 4 × 2 × 2

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


@MERGING
def test_merging(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


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


@pytest.mark.parametrize("own", ["", "norm: layer", "act: gelu", "norm: layer, act: gelu"])
def test_a_stage_that_gets_other_layers_keeps_its_norm_and_activation(own: str, tmp_path: Path) -> None:
    """`stages: {layer4: {layers: […]}}`"""
    stage = ", ".join(filter(None, ["name: a, block: basic, channels: 4", own]))
    (tmp_path / "base.yaml").write_text(full(f"stages: [{{{stage}}}]"), encoding="utf-8")
    spec = tmp_path / "spec.yaml"
    spec.write_text("archspec: 1\nextends: ./base.yaml\nstages: {a: {layers: [norm, act]}}\n", encoding="utf-8")
    plain = ", ".join(filter(None, ["name: a, layers: [norm, act]", own]))
    assert body(archspec.compile(spec)) == body(graph_of(f"stages: [{{{plain}}}]"))


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
