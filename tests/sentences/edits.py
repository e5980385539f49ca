"""What who reads a help does: the edits that `test_followed` makes."""

from __future__ import annotations

from typing import TypeAlias

Edit: TypeAlias = tuple[str, str, str]
"""What the help says, what stands in the file, and what is written in its place."""

BEYOND = {
    "A305": "the file that is to be moved is in no example",
    "A108.yaml": "65 lists in each other are no network that anybody wrote",
    "escape_in_output.yaml": "a name that is meant to do harm has no better spelling",
}
"""What no edit can mend, and why."""

SECTIONS = "`layers` is the whole network as one list"
OF_NODES = "use letters, digits, `_` and `-`, and dots between parts"
IN_EXPRESSIONS = "expressions allow numbers, strings, lists, names, + - * / // % **"
INIT = "`{weight: {kaiming_normal: {mode: fan_out}}, bias: zeros}`"
SHORTCUT = "as in `{policy: auto, name: downsample}`, or `{policy: always, layers: […]}`"
NODE = "a node is an op or block: `- act`, `- conv: {channels: 64}`"
TYPED = "or give it a type"
TREE = "at the top of the file, or give it a type"
SMALLER = "use a smaller `depth` or `times`"
LARGEST = "an axis has at most 2^31 - 1 positions"
RAISE = "make it smaller, or raise `budget."
PADDED = "or a `conv` with `padding`, such as `padding: 0` for patches"

EDITS: dict[str, list[Edit]] = {
    "A101": [("save the file as UTF-8", "f\udcfcr", "für")],
    "A102": [("close the bracket", "[3, 32, 32\n", "[3, 32, 32]\n")],
    "A103": [("remove one of the two", "kernel: 3, ", "")],
    "A104": [("remove it", "!!int ", ""), ("write the number without quotes", '"10"', "10")],
    "A105": [("write the keys out", "<<: *first", "kernel: 3, bias: false")],
    "A106": [("write `10`", "010", "10")],
    "A108": [
        ("an expression for a long list: `$([0] * 1000)`", "[*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]", "$([1] * 1000)")
    ],
    "A109": [
        (
            "write each spec to a file of its own",
            "---\narchspec: 1\nname: large\ninput: [784]\nlayers:\n  - linear: 1000\n",
            "",
        ),
    ],
    "A111": [("remove it", "\u2028", " ")],
    "A112": [("check the path", "specs.yaml", "spec.yaml")],
    "A202": [("add `kernel: …`", "{stride: 2}", "{kernel: 3, stride: 2}")],
    "A203": [("write `//`", "width / 2", "width // 2")],
    "A204": [("remove `groups`", ", groups: 8", "")],
    "A205": [("indent them", "    channels: 16\n    kernel: 3", "      channels: 16\n      kernel: 3")],
    "A206": [(SECTIONS, "head:\n", "")],
    "A207": [("as in `num_classes`", "num-classes", "num_classes")],
    "A208": [("choose another name", "max: 4", "least: 4")],
    "A251": [(IN_EXPRESSIONS, "2 width", "2 * width")],
    "A252": [
        ("declare `width` in `params` of `dense`, and pass it", "  dense:\n", "  dense:\n    params: {width: int}\n"),
        ("add `width: …`", "- dense\n", "- dense: {width: $width}\n"),
    ],
    "A253": [("its items are 0 to 2", "times: 4", "times: 3")],
    "A254": [("the functions are min, max, round", "$(width.__add__(2))", '"$(make_divisible(width, 8))"')],
    "A255": [("quote an expression", "$(max(width, 32))", '"$(max(width, 32))"')],
    "A306": [("rename it", "  basic:\n", "  plain:\n")],
    "A307": [("cannot extend or include itself", "extends: ./spec.yaml\n", "")],
    "A308": [("use `repeat` or a stage", "      - dense: $features\n", "")],
    "A309": [(SMALLER, "20000000", "200")],
    "A310": [("set `norm: batch` at the top of the file", "name: plain\n", "name: plain\nnorm: batch\n")],
    "A311": [("choose another name", "train", "fc")],
    "A312": [("rename one of them", "{name: conv1, channels: 32", "{name: conv2, channels: 32")],
    "A402": [("put `flatten` or `global_pool` before it", "- linear", "- flatten\n  - linear")],
    "A403": [("or a larger input", "[1, 28, 28]", "[1, 32, 32]")],
    "A404": [("give `groups` a divisor", "norm: group\n", "norm: {type: group, groups: 16}\n")],
    "A405": [("give one number", "[9, 9]", "9")],
    "A406": [(PADDED, "stride: 16", "stride: 16, padding: 0")],
    "A407": [("reduce it first, as `global_pool` does", "flatten", "global_pool")],
    "A408": [(LARGEST, "150528000", "1000")],
    "A411": [("use `shortcut: auto`, which projects", "shortcut: identity", "shortcut: auto")],
    "A412": [("leave out `padding` in the body", ", padding: 0", "")],
    "A413": [("give it `shortcut: [upsample: 2]`", "      body:\n", "      shortcut: [upsample: 2]\n      body:\n")],
    "A414": [("set `norm` at the top of the file", "layers:", "norm: batch\nlayers:")],
    "A415": [("give it at least one", "wide: false", "wide: true")],
    "A416": [("as in `split: [22, 21, 21]`", "split: true", "split: [22, 21, 21]")],
    "A419": [
        ("take it through the value that `within` receives", "        - add: [., codes]\n", "  - add: [., codes]\n")
    ],
    "A421": [("tied parameters have equal shapes", "features: 256", "features: 128")],
    "A422": [("only sizes may differ", "channels: 128", "channels: 64")],
    "A501": [("patterns are Python's regular expressions", "(fc'", "(fc)'")],
    "A502": [("that the pool divides", "[3, 14, 14]", "[3, 12, 12]")],
    "A601": [(RAISE + "params`", "params: 100000", "params: 500000")],
    "A602": [("give the input fixed sizes", "[3, H, W]", "[3, 32, 32]")],
    "A701": [("use `norm: group`", "norm: batch", "norm: {type: group, groups: 8}")],
    "A702": [
        (
            "wrap every two or three layers in a `residual`",
            "      layers:\n        - conv: {channels: 64, kernel: 3, bias: false}\n        - norm: batch\n        - act: relu\n",
            "      layers:\n        - residual: [conv: {channels: 64, kernel: 3, bias: false}, norm: batch, act: relu]\n",
        )
    ],
    "A703": [("`conv: {…, bias: false}`", "kernel: 3}", "kernel: 3, bias: false}")],
    "A704": [("remove one of them", "  - dropout: 0.5\n  - act: relu\n", "  - dropout: 0.5\n")],
    "A705": [("remove the last activation", "10\n  - act: relu\n", "10\n")],
    "A706": [("normalize where there are more channels", "- conv: 1\n", "- conv: 32\n")],
    "A707": [("or use `norm: layer`", "norm: batch", "norm: layer")],
    "A708": [("104 channels", "linear: 100", "linear: 104")],
    "A709": [("choose an input size that stays even", "[8, 15, 15]", "[8, 16, 16]")],
    "A710": [
        (
            "start its last layer at `init: {weight: zeros}`",
            "act: relu\n            - conv: {kernel: 3}",
            "act: relu\n            - conv: {kernel: 3, init: {weight: zeros}}",
        )
    ],
    "A711": [
        ("remove `shortcut`", "      shortcut:\n        - conv: {channels: 64, bias: false}\n        - norm\n", "")
    ],
    "A712": [
        (
            "or remove it",
            "  wide_basic:\n    params: {channels: int}\n    layers:\n      - conv_norm_act: {channels: $channels, kernel: 3}\n",
            "",
        )
    ],
    "A713": [("write `$classes` where its value belongs", "linear: 1000", "linear: $classes")],
    "A714": [("add it to `outputs`", "{features: features}\n", "{features: features, classes: classes}\n")],
    "A715": [("advice codes begin with `A7`", "A770", "A707")],
    "A716": [("write `[3, 32, 32]`", "[1, 3, 32, 32]", "[3, 32, 32]")],
    "A717": [("write `momentum: 0.01`", "momentum: 0.99", "momentum: 0.01")],
    "A718": [("or use `norm: group`", "norm: batch", "norm: {type: group, groups: 8}")],
    "A719": [
        (
            "write `reuse: {of: head, name: head2, …}` in its place",
            "conv: {name: head2, from: c2, channels: 8, kernel: 3}",
            "reuse: {of: head, name: head2, from: c2}",
        )
    ],
    "A101.yaml": [
        ("save the file as UTF-8", "\udce9seau", "éseau"),
        ("save the file as UTF-8", "\udce9siduel", "ésiduel"),
        ("`input: [3, 224, 224]`", "archspec: 1\n", "archspec: 1\ninput: [3, 224, 224]\n"),
        ("add one of them", "input:", "layers: [conv: 8]\ninput:"),
    ],
    "A102_bracket.yaml": [("add the `}`", "kernel: 3\n", "kernel: 3}\n")],
    "A102_indentation.yaml": [("indented like the keys above it", " head:", "head:")],
    "A102_tab.yaml": [("indent with spaces", "\t-", "  -")],
    "A103.yaml": [("remove one of the two", ", channels: 16", "")],
    "A104.yaml": [("remove it", "!!int ", ""), ("write the number without quotes", '"8"', "8")],
    "A105.yaml": [("write the keys out", "<<: *first", "channels: 8, kernel: 3")],
    "A106.yaml": [("or ", "- conv: 010", "- conv: 10"), ("write a finite number", ".nan", "1e-5")],
    "A107.yaml": [
        ("a value cannot contain itself", ", seq: *body", ""),
        ("write `&other` before the value", "- seq: *other", "- seq: [act]"),
    ],
    "A109.yaml": [("write each spec to a file of its own", "---\nlayers: [conv: 16]\n", "")],
    "A110.yaml": [
        ('`"8"`', "{8: channels}", '{"8": channels}'),
        ('`"true"`', "true: 3", '"true": 3'),
        ("it takes", '"8": channels', "channels: 8"),
        ("`archspec list` shows", '  - "true": 3\n', ""),
    ],
    "A111.yaml": [("remove it", "\x07", "")],
    "A111_escape.yaml": [
        ("remove it", r"\u202E", ""),
        ("remove it", r"\r", ""),
        ("remove it", r"\e[31m", ""),
        ("remove it", r"\\x07", ""),
        ("remove it", r"a\0b", "ab"),
        ("remove it", r'"b\L"', '"b"'),
    ],
    "A201_argument.yaml": [("remove it", "{inplace: true}", "{type: relu}")],
    "A201_slot.yaml": [("its nodes get their names from the enclosing scope", ", name: x", "")],
    "A201_top.yaml": [
        ("it takes `archspec`", "layer: [conv: 8]\n", ""),
        ("training is not part of it", "optimizer: adam\n", ""),
    ],
    "A202_argument.yaml": [
        ("add `kernel: …`", "{channels: 8}", "{channels: 8, kernel: 3}"),
        ("add `times: …`", "{layers", "{times: 2, layers"),
    ],
    "A202_parameter.yaml": [
        ("add `channels: …`", "{kernel: 3}", "{channels: 8, kernel: 3}"),
        ("add `kernel: …`", "own: 8", "own: {channels: 8, kernel: 3}"),
    ],
    "A202_top.yaml": [
        ("`input: [3, 224, 224]`", "archspec: 1\n", "archspec: 1\ninput: [3, 224, 224]\n"),
        ("add one of them", "input:", "layers: [conv: 8]\ninput:"),
    ],
    "A203_argument.yaml": [
        ("write `//`", "width / 2", "width // 2"),
        ("for example `kernel: 3`", "three", "3"),
        ("for example `p: 0.1`", "dropout: 1.5", "dropout: 0.1"),
        ("for example `channels: 3`", "channels: 0", "channels: 3"),
    ],
    "A203_input.yaml": [("`input: [3, 224, 224]`", "224.0", "224")],
    "A203_nodes.yaml": [("write a list: `[conv]`", "seq: conv", "seq: [conv]")],
    "A204_arguments.yaml": [("remove `momentum`", ", momentum: 0.1", ""), ("remove `alpha`", ", alpha: 0.5", "")],
    "A204_init.yaml": [
        ("remove it from `init`", ", init: {bias: zeros}", ""),
        ("choose another initializer", "{orthogonal: {gain: 2}}", "ones"),
    ],
    "A204_init_of_op.yaml": [
        (INIT, "kaiming}", "kaiming_normal}"),
        (INIT, "norm: zeros", "norm: {weight: zeros}"),
    ],
    "A204_init_of_the_spec.yaml": [
        ("choose another initializer", "kaiming_normal", "zeros"),
        ("choose another initializer", "orthogonal", "ones"),
    ],
    "A204_parameter.yaml": [
        ("`channels` is an integer", "own: 8.0", "own: 8"),
        ("pass a value that it accepts", "slow", "exact"),
        ("`n` is an integer", "n: 5", "n: 4"),
    ],
    "A204_shortcut.yaml": [
        (SHORTCUT, "{policy: pool, layers: [conv: 8]}", "{policy: auto, layers: [conv: 8]}"),
        (SHORTCUT, "shortcut: always", "shortcut: {policy: always, layers: [conv: 8]}"),
        (SHORTCUT, "{side: both}", "{policy: auto, name: downsample}"),
    ],
    "A205.yaml": [
        ("`- conv: {…}`", "conv: 8\n    name: conv1", "conv: {channels: 8, name: conv1}"),
        (NODE, "- 64", "- linear: 64"),
        (NODE, "[conv: 8]", "conv: 8"),
        (NODE, "- {}", "- act"),
        ("put `flatten` or `global_pool` before it", "  - linear: 64\n", ""),
    ],
    "A206_input.yaml": [("move `input` into `inputs`, under a name", "input: [4, 8, 8]\n", "")],
    "A206_layers.yaml": [(SECTIONS, "stem: [conv: 8]\n", "")],
    "A207.yaml": [
        ("as in `my_width`", "my-width", "my_width"),
        ("as in `my_block`", "my-block", "my_block"),
        ("as in `k`", "2k", "k"),
    ],
    "A208.yaml": [
        ("choose another name", "max: 2", "most: 2"),
        ("choose another name", "norm: 3", "normal: 3"),
        ("choose another name", "when: 2", "where: 2"),
        ("choose another name", "as: depth", "as: turn"),
    ],
    "A251.yaml": [
        (IN_EXPRESSIONS, "width +)", "width + 1)"),
        (IN_EXPRESSIONS, "$()", "$(8)"),
        (IN_EXPRESSIONS, "8 if width", "8 if width else 4"),
    ],
    "A252.yaml": [
        (
            "declare `width` in `params` of `own`",
            "{layers: [conv: $width]}",
            "{params: {width: int}, layers: [conv: $width]}",
        ),
        ("add `width: …`", "- own\n", "- own: {width: $width}\n"),
        ("leave out the index", "width[0]", "width"),
    ],
    "A253.yaml": [
        ("exclude that case", "width // 0", "width // 2"),
        ("its items are 0 to 1", "widths[2]", "widths[1]"),
        ("check where", "width + 'x'", "width + 1"),
        ("check where", "sqrt(-1)", "sqrt(1)"),
        ("insert a number or a string", "{name: c$widths}", "{name: c$width}"),
        ("write `$(widths[0])`", '"$widths[0]"', '"$(widths[0])"'),
    ],
    "A254.yaml": [
        (IN_EXPRESSIONS, "width.real", "width"),
        ("the functions are", "open('x')", "width"),
        (IN_EXPRESSIONS, "[w for w in [1]][0]", "[1][0]"),
        ("pass one or two values", "round(width, 1, 2)", "round(width, 1)"),
    ],
    "A255.yaml": [
        ("quote an expression", "$(max(width, 4))", '"$(max(width, 4))"'),
        ("write `$name`", "${width}", "$width"),
        ("and `$$` for a dollar sign", "price$", "price"),
    ],
    "A301_node.yaml": [("write `residual` with", "  - transformer: 8\n", "")],
    "A301_section.yaml": [("the ops with weights are", "  act: {weight: zeros}\n", "  conv: {weight: zeros}\n")],
    "A302_block.yaml": [
        ("known here: `input`, `conv`", "[., outside]", "[., conv]"),
        ("known here", "first: missing", "first: outside"),
    ],
    "A302_missing.yaml": [("known here", "[., 3]", "[., enc1]")],
    "A302_order.yaml": [
        ("refer to a node inside it", "layers: [add: [., body]]", "layers: [act]"),
        ("give the reference a `when` of its own", "add: [., a]", "add: {from: [., a], when: false}"),
        (
            "known here: `input`, `body`",
            "  - add: [., late]\n  - conv: {name: late}\n",
            "  - conv: {name: late}\n  - add: [., late]\n",
        ),
    ],
    "A303.yaml": [("its parameters are", ", chanels: 16", ""), ("its parameters are", ", kernel: 3", "")],
    "A303_stage.yaml": [("did you mean `layer1`", "layer4: {depth: 2}, ", "")],
    "A304_file.yaml": [("looked in", "bsae", "base")],
    "A305.yaml": [
        ("move it into that folder", "../base.yaml", "parts/base.yaml"),
        ("name a file in the folder", "/blocks.yaml, ", ""),
        ("name a file in the folder", '"https://example.org/blocks.yaml"', ""),
    ],
    "A306.yaml": [("rename it", "basic: {params", "plain: {params")],
    "A307.yaml": [("cannot extend or include itself", "extends: circle.yaml", "extends: base.yaml")],
    "A308_recursion.yaml": [("a block cannot contain itself", "[residual: [a]]", "[residual: [act]]")],
    "A308_slot.yaml": [
        ("declare it: `params: {extra: layers}`", "{extra: 3}", "{extra: layers}"),
        ("it marks where a block puts the nodes", "  - slot: extra\n", ""),
    ],
    "A309.yaml": [(SMALLER, "times: 10000, layers: [repeat: {times: 10000", "times: 10, layers: [repeat: {times: 10")],
    "A309_stage.yaml": [(SMALLER, "1000000", "3")],
    "A310.yaml": [
        ("set `norm: batch` at the top of the file", "layers:", "norm: batch\nlayers:"),
        ("set `act: relu` at the top of the file", "layers:", "act: relu\nlayers:"),
    ],
    "A311.yaml": [
        (OF_NODES, "a b", "a_b"),
        (OF_NODES, "a..b", "a.b"),
        ("choose another name", "stem.forward", "stem.first"),
    ],
    "A311_output.yaml": [(OF_NODES, "low level", "low_level"), (OF_NODES, "'''#", "second")],
    "A312.yaml": [
        ("rename one of them", "norm: {name: a}", "norm: {name: n}"),
        ("only a container", "s.x", "t.x"),
        ("rename this node", "conv: {name: x}\n", "conv: {name: z}\n"),
        ("as in `name: conv$index`", "same", "same$index"),
    ],
    "A402_conv.yaml": [("use `linear` on a vector", "- conv", "- linear")],
    "A402_linear.yaml": [("put `flatten` or `global_pool` before it", "- linear", "- global_pool\n  - linear")],
    "A402_tokens.yaml": [("put `embedding` before it", "- linear", "- embedding: 16\n  - linear")],
    "A403.yaml": [("use a smaller kernel", "patch: 7", "patch: 3")],
    "A404_groups.yaml": [("choose a divisor of 9", "groups: 2", "groups: 1")],
    "A404_heads.yaml": [("give it a multiple of 12 channels", "channels: 30", "channels: 36")],
    "A404_norm.yaml": [("give `groups` a divisor", "norm: group\n", "norm: {type: group, groups: 16}\n")],
    "A405.yaml": [("give one number, or 2", "[3, 3, 3]", "3")],
    "A405_rearrange.yaml": [("one axis or group for each dimension", "n c l -> n l c", "n c h w -> n h w c")],
    "A406_kernel.yaml": [("use an odd kernel", "kernel: 4", "kernel: 3")],
    "A406_rearrange.yaml": [
        (
            "give all but one of `h`, `p` a size",
            "rearrange: n c (h p) w -> n (c p) h w",
            "rearrange: {pattern: n c (h p) w -> n (c p) h w, p: 2}",
        )
    ],
    "A406_upsample.yaml": [("for 2 dimensions: nearest", "linear", "bilinear")],
    "A407.yaml": [("reduce it first, as `global_pool` does", "flatten", "global_pool")],
    "A408.yaml": [
        (LARGEST, "2147483647", "3"),
        (LARGEST, "2000000000", "8"),
        (LARGEST, "times: 9", "times: 1"),
        (LARGEST, "4096", "2"),
    ],
    "A411.yaml": [("use `shortcut: auto`, which projects", "identity", "auto")],
    "A412_join.yaml": [("write `- upsample: {like: input}`", "  - concat", "  - upsample: {like: input}\n  - concat")],
    "A412_residual.yaml": [("leave out `padding` in the body", ", padding: 0", "")],
    "A413.yaml": [("use `shortcut: auto`", "pad", "auto")],
    "A413_stride.yaml": [
        (
            "write it as `residual: {body: […], shortcut: [upsample: 2]}`",
            "[upsample: 2]",
            "{body: [upsample: 2], shortcut: [upsample: 2]}",
        )
    ],
    "A414.yaml": [("set `norm` at the top of the file", "layers:", "norm: batch\nlayers:")],
    "A415.yaml": [("give it at least one", "both: false", "both: true")],
    "A416.yaml": [("as in `split: [2, 1, 1]`", "split: true", "split: [2, 1, 1]")],
    "A416_list.yaml": [("as in `split: [2, 2]`", "[2, 3]", "[2, 2]")],
    "A419.yaml": [
        ("take it through the value that `within` receives", "        - add: [., codes]\n", "  - add: [., codes]\n")
    ],
    "A419_stage.yaml": [("use `repeat`", "stage: {layers: ", "repeat: {times: 1, layers: ")],
    "A421.yaml": [("tied parameters have equal shapes", "features: 256", "features: 128")],
    "A422.yaml": [("only sizes may differ", "channels: 128", "channels: 64")],
    "A501.yaml": [
        ("patterns are Python's regular expressions", "(fc'", "(fc)'"),
        ("patterns are Python's regular expressions", "'[fc'", "'[fc]'"),
        (r"`\1` is what the first group of the pattern matched", r"\2", r"\1"),
        ("`\\1` is what the first", "k.\\2", "k.\\1"),
    ],
    "A601.yaml": [
        (RAISE + "params`", "params: 100,", "params: 900,"),
        (RAISE + "macs`", "macs: 1000,", "macs: 60000,"),
        (RAISE + "activations`", "activations: 1000", "activations: 7000"),
        (RAISE + "depth`", "depth: 1", "depth: 2"),
    ],
    "A602.yaml": [("give the input fixed sizes", "[3, H, W]", "[3, 4, 4]")],
    "add_of_two_sizes.yaml": [
        (
            "before this `add`, write `- conv: 32`, `- upsample: {like: c1}`",
            "  - add",
            "  - conv: 32\n  - upsample: {like: c1}\n  - add",
        )
    ],
    "batch_in_input.yaml": [("write `[3, 224, 224]`", "[1, 3, 224, 224]", "[3, 224, 224]")],
    "channels_last_input.yaml": [("write `[3, 224, 224]`", "[224, 224, 3]", "[3, 224, 224]")],
    "crnn.yaml": [
        ("its parameters are", ", padding: 0", ""),
        (
            "use an odd kernel",
            "conv_norm_act: {channels: 256, kernel: [4, 1]}",
            "conv: {channels: 256, kernel: [4, 1], padding: 0}",
        ),
    ],
    "even_kernel.yaml": [
        (PADDED, "conv_norm_act: {channels: 16, kernel: 4}", "conv: {channels: 16, kernel: 4, padding: 0}")
    ],
    "group_of_single_values.yaml": [("give it fewer `groups`", "groups: 12", "groups: 3")],
    "keras_momentum.yaml": [("write `momentum: 0.01`", "momentum: 0.99", "momentum: 0.01")],
    "long_repeat.yaml": [(SMALLER, "199999", "199")],
    "overridden_stage.yaml": [("use `shortcut: auto`", "identity", "auto")],
    "paddings.yaml": [
        ("write `0`", "padding: valid", "padding: 0"),
        ("`padding: [[2, 3], [0, 1]]`", "[0, 1, 2, 3]", "[[2, 3], [0, 1]]"),
    ],
    "reference_runs.yaml": [(OF_NODES, "\"'''#\"", "last")],
    "several_uneven_sizes.yaml": [("a multiple of 8: 96 or 104", "100, 100", "104, 104")],
    "upsampling_residual.yaml": [
        (
            "write it as `residual: {body: […], shortcut: [conv: 8, upsample: 2]}`",
            "residual:\n      - norm\n      - act\n      - upsample: {scale: 2}\n      - conv: {channels: 8, kernel: 3}",
            "residual: {body: [norm, act, upsample: {scale: 2}, conv: {channels: 8, kernel: 3}], shortcut: [conv: 8, upsample: 2]}",
        )
    ],
    "training_and_no_input.yaml": [
        ("`input: [3, 224, 224]`", "layers:", "input: [3, 224, 224]\nlayers:"),
        ("training is not part of it", "optimizer: adam\n", ""),
    ],
    "wrong_key.yaml": [("`q`, `k` or `v` would do", "key: input", "key: k")],
    "wrong_kv.yaml": [("`kv` would do", "kv: q", "kv: kv")],
    "wrong_like.yaml": [
        ("`input`, `c1` or `c2` would do", "like: f", "like: c1"),
        ("remove the nodes that lead to it", "  - flatten: {name: f}\n", ""),
    ],
}
