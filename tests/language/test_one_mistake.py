"""One mistake is one finding: what it leaves open is unknown, and nothing is said of what is unknown."""

from __future__ import annotations

from pathlib import Path

from tests.language.case import Case, cases

CASES = cases(
    Case("without an input nothing is known of a value", "archspec: 1  #! A202: input\nnorm: batch\nact: relu\nlayers: [squeeze_excitation]"),
    Case("without an input nothing is known of a value", "archspec: 1  #! A202: input\nlayers: [conv: 8, linear: 8, residual: [conv: 3]]\nnorm: batch"),
    Case("an input of no shape", "input: batch  #! A203\nlayers: [conv: $(2 * in_channels), flatten, linear: 8, basic: 4]"),
    Case("a node that fails keeps its number", "- seq:\n    name: s\n    layers:\n    - conv\n    - norm: {eps: x}  #! A203: eps\n    - conv\n    - add: ['0', '1', '2']"),
    Case("a node that fails keeps its name", "- conv: {kernel: x}  #! A203: kernel\n- conv\n- add: [conv, conv_2]"),
    Case("a node of no kind leaves names open", "- covn: 8  #! A301\n- conv\n- add: [., conv]"),
    Case("a list of nodes with something else in it leaves names open", "- 3  #! A205\n- add: [., what]"),
    Case("a default norm that is none", "norm: bacth  #! A203: bacth\nlayers: [norm: {eps: 0.1}, norm: {init: {weight: zeros}}, residual: [conv: 8], basic: 8]"),
    Case("a default activation that is none", "act: rely  #! A203: rely\nlayers: [act: {negative_slope: 0.1}, act: {approximate: tanh}, act]"),
    Case("a stage's norm that is none", "stages:\n- {layers: [norm: {eps: 0.1}, residual: [conv: 8]], norm: bacth}  #! A203: bacth"),
    Case("blocks that are no mapping", "blocks: [own]  #! A203: blocks\nlayers: [own, stage: {block: own}]"),
    Case("a block that is no mapping", "blocks: {own: [act]}  #! A203: own\nlayers: [own: {channels: 3}, stage: {block: own}]"),
    Case("parameters that are no mapping", "params: [width]  #! A203: params\nlayers: [conv: $width]"),
    Case("parameters of a block that are no mapping", "blocks: {own: {params: [width], layers: [conv: $width]}}  #! A203: params\nlayers: [own: 3, own: {width: 3}]"),
    Case("a parameter that may not be", "params: {index: 3}  #! A208: index\nlayers: [conv: $(index + 8)]"),
    Case("inputs that are no mapping", "inputs: image  #! A203: inputs\nlayers: [conv: 8, mul: [., mask]]"),
    Case("layers that are no list", "layers: {conv: 8}  #! A203: list of nodes\noutputs: {a: conv}"),
    Case("a stage that is no mapping", "stages: [basic]  #! A203: stage\nhead: [add: [., stage1.0]]"),
    Case("a stage of no block", "stages:\n- {block: ''}  #! A203: block\nhead: [conv: {from: stage1.0}]"),
    Case("a stage of an unknown block", "stages:\n- {block: baisc, depth: 2}  #! A301: baisc\nhead: [conv: {from: stage1.1}, linear: 3]"),
    Case("nodes passed that are no list", "layers:\n- basic: {channels: 4, attention: $x}  #! A252: x"),
    Case("defaults of what is not", "defaults:\n  h: [a]  #! A301: h\nlayers: [conv: 8]"),
    Case("defaults that fail for many nodes", "defaults:\n  conv: {kernel: x}  #! A203: kernel\nlayers: [conv, conv, act, basic: 3]"),
    Case("defaults that fail in a block", "defaults:\n  basic: {chanels: 4}  #! A303: chanels\nlayers: [basic: 4, stage: {block: basic, depth: 2, channels: 4}]"),
    Case("an include of no file", "include: [parts.yaml]  #! A304: parts.yaml\nlayers: [own: 3, stage: {block: other, depth: 2}]"),
    Case("a block without a default norm", "archspec: 1\ninput: [4, 8, 8]\nact: relu\nlayers:\n- basic: 8  #! A310: norm"),
    Case("a residual whose body fails", "- residual: [conv: {channels: 8, kernel: 2}]  #! A406\n- linear: 3\n- flatten"),
    Case("a branch that fails", "- parallel: {branches: {a: [conv: {channels: 8, kernel: 2}], b: []}}  #! A406\n- add: [a, b]\n- conv: {from: a.0}"),
    Case("a parallel of no branches", "- parallel: {branches: 3}  #! A203: branches\n- add: [a, b]"),
    Case("a repeat of no times", "- repeat: {times: two, layers: [conv: {name: c$index}]}  #! A203: two\n- add: [c0, c1]"),
    Case("a slot's nodes that fail", "layers:\n- basic: {channels: 4, attention: [covn: {name: x}]}  #! A301: covn\n- add: [., basic.x]"),
    Case("an unknown name", "layers:\n- conv: $w  #! A252: w\n- stage: {block: basic, depth: 2, channels: $in_channels}\n- linear: $(in_size[0])"),
    Case("a parameter that fails", "params: {w: $(1 // 0)}  #! A253: zero\nlayers: [conv: $w, conv: $(w + 1)]"),
    Case("a parameter of the wrong type", "params: {w: {type: int, default: wide}}  #! A204: wide\nlayers: [conv: $w, conv: $(w + 1)]"),
    Case("an argument of the wrong type", "layers:\n- basic: {channels: wide}  #! A204: wide\n- linear: 3\n- conv: {from: basic.conv1}"),
    Case("a name that fails", "- conv: {name: a b, channels: 8}  #! A311: a b\n- linear: 3  #! A402"),
    Case("names that fail are told at once", "- conv: {name: a b}  #! A311: a b\n- conv: {name: x}\n- conv: {name: x}  #! A312: x\n- conv: {name: x.y}  #! A312: x"),
    Case("a reference that fails", "- add: [., x]  #! A302: x\n- conv: {name: y}\n- linear: 3"),
    Case("outputs that fail are told at once", "layers: [conv: 8]\noutputs:\n  a: x  #! A302: x\n  b: y  #! A302: y\n  c: conv"),
    Case("several parameters missing", "blocks: {own: {params: {a: int, b: int}, layers: [conv: $a]}}\nlayers:\n- own  #! A202: needs `a` and `b`"),
    Case("a budget beside a mistake", "budget: {params: 1}\nlayers:\n- covn: 8  #! A301"),
)  # fmt: skip


@CASES
def test_one_mistake_is_one_finding(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
