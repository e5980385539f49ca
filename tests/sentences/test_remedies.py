"""What people bring along from elsewhere is one mistake, whose remedy, followed to the letter, fixes it."""

from __future__ import annotations

import pytest

import archspec
from archspec.diagnostics import Diagnostic
from archspec.language import bundled_specs
from tests.sentences.case import full

# the mistake, the remedy, and the spec that follows it
MISTAKES = [
    ("- conv: {channels: 8, kernel_size: 3}", "did you mean `kernel`?", "- conv: {channels: 8, kernel: 3}"),
    ("- conv: {out_channels: 8}", "did you mean `channels`?", "- conv: {channels: 8}"),
    ("- conv: {in_channels: 4, channels: 8}", "remove it: it is inferred from the input", "- conv: {channels: 8}"),
    ("- conv: {channels: 8, bias: 0}", "write `false`", "- conv: {channels: 8, bias: false}"),
    ("- conv: {channels: 8, bias: 2}", "write `true` or `false`", "- conv: {channels: 8, bias: true}"),
    ('- conv: {channels: "8"}', "write the number without quotes and `_`: `8`", "- conv: {channels: 8}"),
    ("- conv: {channels: 1_0}", "write the number without quotes and `_`: `10`", "- conv: {channels: 10}"),
    ("- dropout: 50%", "write `0.5`", "- dropout: 0.5"),
    ("- dropout: 12.5 %", "write `0.125`", "- dropout: 0.125"),
    (
        "budget: {params: 1.5M}\nlayers: [conv: 8]",
        "write the whole number: `1500000`",
        "budget: {params: 1500000}\nlayers: [conv: 8]",
    ),
    ("- conv: {channels: 1k}", "write the whole number: `1000`", "- conv: {channels: 1000}"),
    ("- conv: {channels: 8.0}", "write `8`", "- conv: {channels: 8}"),
    (
        "- conv: {channels: 8, kernel: (3, 3)}",
        "write a list in square brackets, as in `[3, 5]`",
        "- conv: {channels: 8, kernel: [3, 3]}",
    ),
    ("- conv: 2 * 4", "write the whole expression in `$( … )`", "- conv: $(2 * 4)"),
    ("- conv: in_channels", "`in_channels` is a string; for the value of that name, write `$in_channels`", "- conv: $in_channels"),
    ("- conv: {channels:8}", "a key ends with `:` and a space: `channels: 8`", "- conv: {channels: 8}"),
    ("- conv: {channels= 8}", "a key ends with `:` and a space: `channels: 8`", "- conv: {channels: 8}"),
    ("- relu", "write `act: relu`", "- act: relu"),
    ("- Swish", "write `act: silu`", "- act: silu"),
    ("- act: swish", "did you mean `silu`?", "- act: silu"),
    ("- act: {gelu: {approximate: tanh}}", "write `type: gelu`", "- act: {type: gelu, approximate: tanh}"),
    ("- BatchNorm2d", "write `norm: batch`", "- norm: batch"),
    ("- norm: bn", "did you mean `batch`?", "- norm: batch"),
    ("- Conv2d: 8", "did you mean `conv`?", "- conv: 8"),
    ("- nn.Conv2d: 8", "did you mean `conv`?", "- conv: 8"),
    ("- torch.nn.functional.relu", "write `act: relu`", "- act: relu"),
    ("- F.gelu", "write `act: gelu`", "- act: gelu"),
    (
        "- rearrange: n c h w -> n (h w) c\n- positional_embedding",
        "did you mean `position`?",
        "- rearrange: n c h w -> n (h w) c\n- position",
    ),
    ("- residual: {layers: [conv]}", "did you mean `body`?", "- residual: {body: [conv]}"),
    ("- residual: {body: [conv], skip: pad}", "did you mean `shortcut`?", "- residual: {body: [conv], shortcut: pad}"),
    (
        "- residual: {body: [conv: 8], shortcut: projection}",
        "did you mean `auto`?",
        "- residual: {body: [conv: 8], shortcut: auto}",
    ),
    ("- conv: {name: 1.0, channels: 8}", 'YAML reads it as a number: write `"1.0"`', '- conv: {name: "1.0", channels: 8}'),
    (
        "- seq: {name: s, layers: [act, seq: [act], add: [., 1.0]]}",
        'YAML reads it as a number: write `"1.0"`',
        '- seq: {name: s, layers: [act, seq: [act], add: [., "1.0"]]}',
    ),
    ("- concat: {inputs: [., input]}", "did you mean `from`?", "- concat: {from: [., input]}"),
    ("- flatten\n- dense: 8", "did you mean `linear`?", "- flatten\n- linear: 8"),
    ("- flatten\n- linear: {channels: 8}", "did you mean `features`?", "- flatten\n- linear: {features: 8}"),
    ("- act\n- concat: act", "write a list: `[act]`", "- act\n- concat: [act]"),
    (
        "- repeat: {times: 2, conv_norm_act: 8}",
        "put nodes in a list, `layers: [conv_norm_act: …]`",
        "- repeat: {times: 2, layers: [conv_norm_act: 8]}",
    ),
    (
        "- repeat: {repeats: 2, layers: [act]}",
        "did you mean `times`?",
        "- repeat: {times: 2, layers: [act]}",
    ),
    (
        "- residual: {body: [conv], merge: multiply}",
        "did you mean `mul`?",
        "- residual: {body: [conv], merge: mul}",
    ),
    ("- basic: {channels: 8, attention: act}", "write a list: `[act]`", "- basic: {channels: 8, attention: [act]}"),
    ('- basic: "8"', "write the number without quotes and `_`: `8`", "- basic: 8"),
    (
        "- stage: {type: basic, channels: 8, name: a}",
        "write `block: basic`",
        "- stage: {block: basic, channels: 8, name: a}",
    ),
    (
        "- stage: {block: basic, channels: 8, num_blocks: 2}",
        "did you mean `depth`?",
        "- stage: {block: basic, channels: 8, depth: 2}",
    ),
    (
        "stages: [{basic: {channels: 8}}]",
        "a stage is a mapping, not a node: `{block: basic, …}`",
        "stages: [{block: basic, channels: 8}]",
    ),
    (
        "- stage: {name: s, block: basic, channels: 8, depth: 2}\n- add: [., s.3]",
        "did you mean `s.0` or `s.1`?",
        "- stage: {name: s, block: basic, channels: 8, depth: 2}\n- add: [., s.1]",
    ),
    (
        "- stage: {name: s, block: basic, channels: 8}\n- add: [., s.0.con2]",
        "did you mean `s.0.conv2`?",
        "- stage: {name: s, block: basic, channels: 8}\n- add: [., s.0.conv2]",
    ),
    (
        "- stage: {name: s4, block: basic, channels: 8}\n- add: [., s5.0]",
        "did you mean `s4.0`?",
        "- stage: {name: s4, block: basic, channels: 8}\n- add: [., s4.0]",
    ),
    (
        "archspec: 1\ninput_shape: [4, 8, 8]\nlayers: [conv: 8]",
        "did you mean `input`?",
        "archspec: 1\ninput: [4, 8, 8]\nlayers: [conv: 8]",
    ),
    ("archspec: '1'\ninput: [4]\nlayers: [linear: 8]", "write `1`", "archspec: 1\ninput: [4]\nlayers: [linear: 8]"),
    ("name: ResNet-18\nlayers: [conv: 8]", "write `resnet_18`", "name: resnet_18\nlayers: [conv: 8]"),
    ("lint: {ignore: A701}\nlayers: [conv: 8]", "write a list: `[A701]`", "lint: {ignore: [A701]}\nlayers: [conv: 8]"),
    (
        "params: {n: '8'}\nlayers: [conv: $n, conv: $n, conv: {channels: 8, kernel: $n, padding: 0}]",
        "write the number without quotes and `_`: `8`",
        "params: {n: 8}\nlayers: [conv: $n, conv: $n, conv: {channels: 8, kernel: $n, padding: 0}]",
    ),
    (
        "params: {n: 8, s: yes}\nblocks: {b: {params: {s: true}, layers: [{act: {when: $s}}]}}\nlayers: [b: $s, conv: $n]",
        "`yes` is a string in YAML 1.2; write `true`",
        "params: {n: 8, s: true}\nblocks: {b: {params: {s: true}, layers: [{act: {when: $s}}]}}\nlayers: [b: $s, conv: $n]",
    ),
    (
        "blocks: {my-block: {layers: [conv: 8]}}\nlayers: [my_block, my-block]",
        "use letters, digits and _, as in `my_block`",
        "blocks: {my_block: {layers: [conv: 8]}}\nlayers: [my_block, my_block]",
    ),
    (
        "- rearrange: b c h w -> b (h w) c",
        "put the batch first: `n …`",
        "- rearrange: n c h w -> n (h w) c",
    ),
    (
        "- conv:\n    channels: 8\n    kernel:3",
        "put a space after the `:`: `kernel: 3`",
        "- conv:\n    channels: 8\n    kernel: 3",
    ),
    ("- conv: 8\n-act", "put a space after the `-`: `- act`", "- conv: 8\n- act"),
    ("layers:\n  - conv:\n      channels:8", "a key ends with `:` and a space: `channels: 8`", "layers:\n  - conv:\n      channels: 8"),
    (
        "layers:\n  - {conv: {channels: ${in_channels}}}",
        "write a parameter as `$name`, an expression as `$( … )`",
        "layers:\n  - {conv: {channels: $in_channels}}",
    ),
]  # fmt: skip


def errors(text: str) -> list[Diagnostic]:
    return [diagnostic for diagnostic in archspec.validate(full(text)) if diagnostic.severity == "error"]


@pytest.mark.parametrize(("mistake", "remedy", "fixed"), MISTAKES, ids=[mistake for mistake, *_ in MISTAKES])
def test_a_remedy_fixes_what_it_is_for(mistake: str, remedy: str, fixed: str) -> None:
    assert [found.help for found in errors(mistake)] == [remedy]
    assert errors(fixed) == []


@pytest.mark.parametrize("name", sorted(name for name in bundled_specs() if name.startswith(("resnet", "mobilenet"))))
def test_words_of_torch_are_one_mistake_each(name: str) -> None:
    text = bundled_specs()[name].read_text(encoding="utf-8")
    for ours, theirs in (
        ("kernel: ", "kernel_size: "),
        ("channels: ", "out_channels: "),
        ("features: ", "out_features: "),
    ):
        if any(key in text for key in ("extends:", "include:", "blocks:")) or f" {ours}" not in text:
            continue
        found = [d for d in archspec.validate(text.replace(f" {ours}", f" {theirs}", 1)) if d.severity == "error"]
        assert [d.help for d in found] == [f"did you mean `{ours[:-2]}`?"], theirs


@pytest.mark.parametrize(
    ("size", "layout"),
    [
        ("[]", "channels_last"),
        ("[6, 5]", "channels_first"),
        ("[6, 5, 3]", "channels_first"),
        *((str([6, 5, 3, 2, 2][:n]), "channels_last") for n in (2, 3, 4, 5)),
    ],
)
def test_the_pattern_of_a_remedy_makes_a_sequence_of_any_value(size: str, layout: str) -> None:
    head = f"archspec: 1\ninput: {{channels: 4, size: {size}, layout: {layout}}}\nlayers:\n"
    (found,) = archspec.validate(f"{head}  - attention: 2\n")
    assert found.code == "A402"
    pattern = found.help.removeprefix("use `rearrange: ").removesuffix("`")
    assert archspec.validate(f"{head}  - rearrange: {pattern}\n  - attention: 2\n") == []
