"""Hostile input is a finding, or done with, within 2 seconds of CPU and 250 MB: no traceback, no hang."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.hostile_runs import RUN

ROOT = Path(__file__).resolve().parents[2]
HEAD = "archspec: 1\nname: x\ninput: [3, 32, 32]\nnorm: batch\nact: relu\n"


def net(*nodes: str) -> str:
    return HEAD + "layers:\n" + "".join(f"  - {node}\n" for node in nodes)


def computed(*params: str, use: str = "features: 3") -> str:
    return f"archspec: 1\nname: x\nparams: {{{', '.join(params)}}}\ninput: [3]\nlayers: [{{linear: {{{use}}}}}]\n"


def blocks(inner: str, calls: int, count: int) -> str:
    """Blocks that each call the one before so many times."""
    made = [f"  b0: {{params: {{channels: 1}}, layers: [{inner}]}}\n"]
    for i in range(count):
        made.append(f"  b{i + 1}: {{params: {{channels: 1}}, layers: [{', '.join([f'b{i}'] * calls)}]}}\n")
    return f"{HEAD}blocks:\n{''.join(made)}layers: [b{count}]\n"


def many(block: str, count: int) -> str:
    """Blocks that are all the same."""
    return "".join(f"  b{i}: {block}\n" for i in range(count))


def over(base: str, section: str, change: str, count: int) -> str:
    """A file that extends another, with so many changes in a section."""
    return f"{HEAD}extends: ./{base}.yaml\n{section}:\n" + "".join(f"  {change % i}\n" for i in range(count))


def conditions(inner: str) -> str:
    """Blocks that each call the next twice, if that may be."""
    calls = (f"[{{b{i + 1}: {{when: $(in_channels > 0)}}}}, {{b{i + 1}: {{when: $(1 > 0)}}}}]" for i in range(60))
    made = [*(f"  b{i}: {{layers: {call}}}\n" for i, call in enumerate(calls)), f"  b60: {{layers: [{inner}]}}\n"]
    return f"{HEAD}blocks:\n{''.join(made)}layers: [b0]\n"


def slots(inner: str) -> str:
    slot = ", ".join(["{slot: inner}"] * 10)
    head = f"{HEAD}blocks: {{a: {{params: {{inner: layers}}, layers: [{slot}]}}}}\nlayers: ["
    return head + "{a: {inner: [" * 12 + inner + "]}}" * 12 + "]\n"


def doubled(name: str, first: str, times: int = 60) -> list[str]:
    return [f"{name}0: {first}", *(f'{name}{i + 1}: "$([{name}{i}, {name}{i}])"' for i in range(times))]


LISTS = f"{HEAD}params: {{l: &l [{'1, ' * 9_000}], m: [{'1, ' * 9_000}]}}\n"


def again(condition: str) -> str:
    return f"{LISTS}layers: [{{repeat: {{times: 60000, layers: [{{act: {{when: '{condition}'}}}}]}}}}]\n"


SYMBOLIC = "archspec: 1\nname: x\ninput: [3, H, W]\nlayers:\n"
ROUNDED = "  - {conv: {channels: 3, kernel: 3, stride: 3, padding: 0}}\n  - {upsample: 5}\n  - {pad: [1, 2, 3, 4]}\n"
DEEP_REFERENCE = "a." * 30_000 + "b"
TEXTS = [f"a{i + 1}: $a{i}$a{i}" for i in range(60)]

# what the text is → the text, and the code of a finding; without one, it is valid
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "channels of 2^31": (net("conv: {channels: 2147483648}"), "A203"),
    "channels of 2^31 - 1": (net("conv: {channels: 2147483647}"), "A408"),
    "a kernel of millions": (net("conv: {channels: 8, kernel: 2000001}"), "A408"),
    "a product beyond 2^63": (net("conv: {channels: 8, kernel: [16777215, 16777215]}"), "A408"),
    "padding of 2^24": (net("conv: {channels: 8, kernel: 1, padding: 16777216}"), "A408"),
    "a stride of 2^24": (net("conv: {channels: 8, kernel: 1, stride: 16777216}"), "A406"),
    "strides of 1025": (net(*["conv_transpose: {channels: 8, kernel: 1, stride: 1025}"] * 5), "A408"),
    "linear layers of 2^31 - 1": (net("flatten", "linear: 2147483647", "linear: 2147483647"), "A408"),
    "a tower of upsampling": (net(*["upsample: 4096"] * 20), "A408"),
    "a tower of concatenations": (net(*["concat: [., .]"] * 80), "A408"),
    "wide attention": (net("rearrange: n c h w -> n (h w) c", "linear: 1000000", "attention: 1"), "A408"),
    "an input of 2^93 values": (net("act").replace("[3, 32, 32]", "[2147483647, 2147483647, 2147483647]"), "A408"),
    "an input size of 2^63": (net("act").replace("32, 32", "9223372036854775807, 1"), "A203"),
    "a vocabulary of 10^14": (net("embedding: 3").replace("[3, 32, 32]", "{vocab: 99999999999999, length: 1}"), "A203"),
    "a repeated list": (computed('a: "$([1] * 10**9)"'), "A253"),
    "a repeated text": (computed("a: \"$('a' * 10**9)\""), "A253"),
    "a tower of powers": (computed('a: "$(9**9**9**9)"'), "A253"),
    "an infinite float": (computed('a: "$(1e300 ** 2)"'), "A253"),
    "digits beyond all numbers": (computed('a: "$(round(5, 0 - 10**18))"'), "A253"),
    "lists that double": (computed(*doubled("a", "[1]"), use="features: $(len(a60))"), "A253"),
    "lists that double in YAML": (
        computed("a0: [1]", *(f"a{i + 1}: [$a{i}, $a{i}]" for i in range(60)), use="features: $a60"),
        "A253",
    ),
    "lists that double, compared": (
        computed(*doubled("a", "[1]"), *doubled("b", "[1]"), use='features: 3, when: "$(a60 == b60)"'),
        "A253",
    ),
    "texts that double": (computed("a0: aaaaaaaa", *TEXTS, use="features: 3, name: $a60"), "A253"),
    "nested parentheses": (net('linear: "$(' + "(" * 900 + "1" + ")" * 900 + ')"'), "A251"),
    "nested lists": (net('linear: "$(' + "[" * 900 + "1" + "]" * 900 + ')"'), "A251"),
    "signs": (net('linear: "$(' + "-" * 1900 + '1)"'), "A251"),
    "negations": (net('linear: "$(' + "not " * 490 + '1)"'), "A251"),
    "a long sum": (net('linear: "$(' + "+".join("1" * 900) + ')"'), "A251"),
    "a chain of conditions": (net('linear: "$(' + "1 if 0 else " * 160 + '1)"'), "A251"),
    "open expressions": (net('linear: "' + "$(" * 30_000 + '"'), "A255"),
    "a depth of 10^11": (HEAD + "stages:\n  - {block: basic, depth: 99999999999, channels: 8}\n", "A203"),
    "a depth of 10^6": (HEAD + "stages:\n  - {block: basic, depth: 1000000, channels: 8}\n", "A309"),
    "nested repeats": (net("repeat: {times: 1000, layers: [{repeat: {times: 1000, layers: [act]}}]}"), "A309"),
    "nested repeats of nothing": (
        net("repeat: {times: 1000, layers: [{repeat: {times: 1000, layers: [{seq: []}]}}]}"),
        "A309",
    ),
    "repeats of what is left out": (
        net("repeat: {times: 900, layers: [{repeat: {times: 900, layers: [{act: {when: $(index < 0)}}]}}]}"),
        "A309",
    ),
    "a bomb of blocks": (blocks("act", 10, 20), "A309"),
    "a bomb of empty blocks": (blocks("", 10, 20), "A309"),
    "a bomb of conditions": (conditions("act"), "A309"),
    "a bomb of empty conditions": (conditions(""), "A309"),
    "a chain of blocks": (blocks("act", 1, 2000), "A309"),
    "a circle of blocks": (blocks("b500", 1, 500), "A308"),
    "a bomb of slots": (slots("act"), "A309"),
    "a bomb of empty slots": (slots(""), "A309"),
    "a bomb of broken slots": (slots("{conv: {kernal: 3}}, {conv: {channels: $zz}}"), "A201"),
    "mistakes by the thousand": (net(*["actt"] * 9_000), "A301"),
    "undefined names by the thousand": (net(*["conv: $zzz"] * 9_000), "A252"),
    "references by the thousand": (net(*(f"{{act: {{name: n{i}, from: m{i}}}}}" for i in range(4_000))), "A302"),
    "a dotted reference": (net(f"{{act: {{from: {DEEP_REFERENCE}}}}}"), "A302"),
    "a dotted name": (net(f"{{act: {{name: {DEEP_REFERENCE}}}}}"), "A311"),
    "a name of 60,000 letters": (net(f"{{act: {{name: {'a' * 60_000}}}}}"), "A311"),
    "an op of 60,000 letters": (net("a" * 60_000), "A301"),
    "control characters": (net('"\\e[31mfoo"'), "A111"),
    "a list of 30,000": (net(f"conv: {{channels: 3, kernel: [{'3,' * 30_000}]}}"), "A203"),
    "a long pattern": (net("rearrange: '" + "n c h w -> n c h w " * 50 + "'"), "A406"),
    "sizes that are rounded again and again": (SYMBOLIC + ROUNDED * 60, "A407"),
    "sizes that are halved again and again": (SYMBOLIC + "  - {conv: {kernel: 3, stride: 2}}\n" * 200, ""),
    "a long chain of parameters": (computed("a0: 1", *(f'a{i + 1}: "$(a{i} + 1)"' for i in range(2_000))), "A7"),
    "sizes that are halved without end": (SYMBOLIC + "  - {repeat: {times: 5000, layers: [{max_pool: 2}]}}\n", "A407"),
    "too many parameters": (computed(*(f"a{i}: {i}" for i in range(30_000))), "A108"),
    "thousands of misspelt parameters": (
        HEAD
        + f"params: {{{', '.join(f'param{i}_{i % 97}abcdefgh: 1' for i in range(490))}}}\n"
        + f"layers: [{', '.join(f'conv: $prm{i}_{i % 89}badcfehg' for i in range(2000))}]\n",
        "A252",
    ),
    "too many defaults": (HEAD + f"defaults: {{{', '.join(f'x{i}: {{y: 1}}' for i in range(20_000))}}}\n", "A301"),
    "too many limits": (HEAD + f"budget: {{{', '.join(f'x{i}: 1' for i in range(30_000))}}}\nlayers: [act]\n", "A201"),
    "a base of 60,000 letters": (f"{HEAD}extends: {'a' * 60_000}\n", "A304"),
    "a path of 60,000 letters": (f"{HEAD}extends: ./{'a/' * 30_000}\n", "A305"),
    "a null character in a path": (HEAD + 'extends: "./a\\0b.yaml"\n', "A111"),
    "a path out of the tree": (HEAD + "extends: ./../sub/../../etc/passwd\n", "A305"),
    "an absolute path": (HEAD + "include: [/etc/passwd]\nlayers: [act]\n", "A305"),
    "a home": (HEAD + "extends: ~/a.yaml\n", "A305"),
    "an address": (HEAD + "extends: http://example.com/a.yaml\n", "A305"),
    "a folder": (HEAD + "extends: ./folder.yaml\n", "A304"),
    "a pipe": (HEAD + "extends: ./pipe.yaml\n", "A304"),
    "an included pipe": (HEAD + "include: [./pipe.yaml]\nlayers: [act]\n", "A304"),
    "a link out of the tree": (HEAD + "extends: ./link.yaml\n", "A305"),
    "a link to endless zeros": (HEAD + "include: [./zero.yaml]\nlayers: [act]\n", "A305"),
    "links in a circle": (HEAD + "extends: ./circle.yaml\n", "A305"),
    "a base of its own": (HEAD + "extends: ./itself.yaml\n", "A307"),
    "changes to thousands of nodes that are not there": (over("nodes", "layers", "b%d: {}", 14_000), "A303"),
    "thousands of nodes changed to a number": (over("nodes", "layers", "a%d: 3", 10_000), "A203"),
    "changes to thousands of stages that are not there": (over("stages", "stages", "b%d: {}", 15_000), "A303"),
    "thousands of stages after none": (over("stages", "stages", "b%d: {layers: [act], after: z}", 6000), "A303"),
    "thousands of stages with two places": (over("stages", "stages", "b%d: {after: a1, before: a2}", 6000), "A206"),
    "thousands of outputs removed that are not there": (over("nodes", "outputs", "b%d: null", 14_000), "A303"),
    "thousands of outputs removed": (over("nodes", "outputs", "a%d: null", 10_000), "A704"),
    "advice on thousands of nodes of a base": (HEAD + "extends: ./odd.yaml\n", "A708"),
    "files by the thousand": (HEAD + f"include: [{'./absent.yaml,' * 9_000}]\nlayers: [act]\n", "A304"),
    "a chain of 990 bases": (HEAD + "extends: ./base0.yaml\n", "A108"),
    "a chain of 500 includes": (HEAD + "include: [./blocks0.yaml]\nlayers: [act]\n", "A108"),
    "forty includes of half a megabyte": (
        HEAD + f"include: [{', '.join(f'./large{i}.yaml' for i in range(40))}]\nlayers: [act]\n",
        "A108",
    ),
    "two hundred small includes": (
        HEAD + f"include: [{', '.join(f'./blocks{i}.yaml' for i in range(499, 299, -1))}]\nlayers: [act]\n",
        "A108",
    ),
    "a circle of two": (HEAD + "include: [./there.yaml]\nlayers: [act]\n", "A307"),
    "a long repeat": (net("repeat: {times: 199999, layers: [act: relu]}"), "A309"),
    "a repeat as long as may be": (net("repeat: {times: 49000, layers: [act]}"), "A704"),
    "a repeat of what is left out": (net("repeat: {times: 49000, layers: [{act: {when: false}}]}"), ""),
    "a repeat of residuals": (net("repeat: {times: 20000, layers: [{residual: [act]}]}"), ""),
    "a repeat of named modules": (net("repeat: {times: 20000, layers: [{seq: {name: s$(index), layers: [act]}}]}"), ""),
    "a deep stage": (HEAD + "blocks: {b: {layers: [act]}}\nstages: [{block: b, depth: 99999}]\n", "A309"),
    "ten thousand blocks": (HEAD + "stages: [{block: basic, depth: 10000, channels: 3}]\n", ""),
    "ten thousand blocks of a vector": (
        HEAD.replace("[3, 32, 32]", "[3]") + "stages: [{block: mlp_residual, depth: 10000}]\n",
        "A7",
    ),
    "ten thousand blocks that differ": (
        HEAD.replace("[3, 32, 32]", "[3]")
        + "stages: [{block: mlp_residual, depth: 10000, hidden_channels: $(index + 1)}]\n",
        "A309",
    ),
    "branches by the thousand": (
        net(f"parallel: {{merge: add, branches: [{', '.join(['[{repeat: {times: 199, layers: [act]}}]'] * 1000)}]}}"),
        "A309",
    ),
    "sums of a hundred": (
        net(
            *(f"{{act: {{name: a{i}}}}}" for i in range(100)),
            f"repeat: {{times: 10000, layers: [{{add: [{', '.join(f'a{i}' for i in range(100))}]}}]}}",
        ),
        "A309",
    ),
    "a circle of thousands": (blocks("b3000", 1, 3000), "A308"),
    "circles by the thousand": (
        HEAD
        + "blocks:\n"
        + "".join(f"  b{i}: {{layers: [{', '.join(f'b{j}' for j in range(200))}]}}\n" for i in range(200))
        + "layers: [b0]\n",
        "A308",
    ),
    "unused blocks": (
        HEAD + "blocks:\n" + "  b%d: {layers: [act]}\n" * 9_000 % (*range(9_000),) + "layers: [act]\n",
        "",
    ),
    "unused blocks of an op that is gone": (
        HEAD + "blocks:\n" + "  b%d: {layers: [conw: {channelz: $q}]}\n" * 8_000 % (*range(8_000),) + "layers: [act]\n",
        "A301",
    ),
    "copies of modules that lead back to all of the network": (
        HEAD.replace("[3, 32, 32]", "[3]")
        + "layers:\n"
        + "".join(f"  - linear: {{name: n{i}x}}\n  - linear: {{name: n{i}x2}}\n" for i in range(6_000)),
        "A7",
    ),
    "nodes for nothing that lead back to thousands": (
        HEAD.replace("[3, 32, 32]", "[3]")
        + "layers:\n"
        + "".join(f"  - linear: {{name: a{i}}}\n" for i in range(5_000))
        + "".join(f"  - linear: {{name: h{i}, from: a4999}}\n" for i in range(5_000))
        + "  - linear: {name: out, from: input}\n",
        "A7",
    ),
    "an include of thousands of blocks": (HEAD + "include: [./many.yaml]\nlayers: [act]\n", ""),
    "parameters that all matter": (
        HEAD
        + f"params: {{{', '.join(f'p{i}: {i}' for i in range(4_999))}}}\nlayers:\n"
        + "".join(f"  - act: {{when: $(p{i} > 9)}}\n" for i in range(4_999)),
        "A704",
    ),
    "parameters that are not read, and asked for": (
        HEAD
        + f"params: {{{', '.join(f'p{i}: {i}' for i in range(9_000))}}}\nlayers:\n"
        + "".join(f"  - act: {{when: $(p{i} > 9)}}\n" for i in range(9_000)),
        "A108",
    ),
    "unused blocks that call each other": (
        HEAD
        + "blocks:\n"
        + "".join(f"  b{i}: {{layers: [b{i + 1}]}}\n" for i in range(4_000))
        + "  b4000: {layers: [act]}\nlayers: [{b3950: {}}]\n",
        "A712",
    ),
    "blocks that call all others": (
        HEAD
        + "blocks:\n"
        + "".join(
            f"  b{i}: {{layers: [{', '.join(f'b{j}' for j in range(i + 1, min(i + 9, 4_000)))}]}}\n"
            for i in range(4_000)
        )
        + "layers: [b3992]\n",
        "A712",
    ),
    "sizes that are halved and doubled without end": (
        SYMBOLIC + "  - {repeat: {times: 20000, layers: [{max_pool: {kernel: 3, stride: 2}}, {upsample: 2}]}}\n",
        "A309",
    ),
    "sizes that grow": (SYMBOLIC + "  - {repeat: {times: 2000, layers: [{pad: [1, 0, 0, 2]}]}}\n", ""),
    "modules inside modules": (
        net("{seq: {name: s, layers: [" * 19 + "{repeat: {times: 40000, layers: [act]}}" + "]}}" * 19),
        "A704",
    ),
    "joins that do not fit, far from what they join": (
        net(
            "{conv: {channels: 5, name: a}}",
            "{repeat: {times: 20000, layers: [act]}}",
            "{repeat: {times: 3, layers: [act, {conv: 3}]}}",
            "{repeat: {times: 9000, layers: [{add: [., a]}]}}",
        ),
        "A412",
    ),
    "a long body that changes its size": (
        net("{residual: {shortcut: identity, body: [{repeat: {times: 9000, layers: [act]}}, {conv: 5}]}}"),
        "A411",
    ),
    "values handed out of modules": (
        HEAD
        + "layers:\n  - seq:\n      name: s\n      layers:\n"
        + "".join(f"        - {{act: {{name: a{i}}}}}\n" for i in range(6_000))
        + f"outputs: {{{', '.join(f'o{i}: s.a{i}' for i in range(6_000))}}}\n",
        "A704",
    ),
    "outputs by the thousand": (
        net(*(f"{{act: {{name: a{i}}}}}" for i in range(9_000)))
        + f"outputs: {{{', '.join(f'o{i}: a{i}' for i in range(9_000))}}}\n",
        "",
    ),
    "stages with mistakes": (HEAD + "stages:\n" + "  - {block: basic, chanels: 8}\n" * 5_000, "A303"),
    "lists again and again": (again("$(len([0] * 9000) > index)"), "A309"),
    "sums of lists again and again": (again("$(sum(l) > index)"), "A309"),
    "comparisons of lists again and again": (again("$(l == m)"), "A309"),
    "long lists given again and again": (
        LISTS + "blocks: {b: {params: {l: list}, layers: [act]}}\n"
        "layers: [{repeat: {times: 60000, layers: [{b: $l}]}}]\n",
        "A309",
    ),
    "powers by the thousand": (net(*["conv: $(2 ** 100000)"] * 9_000), "A253"),
    "a line of a megabyte": (HEAD + f"layers: [{'act, ' * 80_000}actt]\n", "A301"),
    "comments by the hundred thousand": (HEAD + "# c\n" * 100_000 + "layers: [act]\n", ""),
    "UTF-16": (net("act").encode("utf-16"), "A101"),
    "UTF-16 without a mark": (net("act").encode("utf-16-le"), "A111"),
    "UTF-32": (net("act").encode("utf-32"), "A101"),
    "bytes that are no text": (HEAD.encode() + b"description: \xff\nlayers: [act]\n", "A101"),
    "bytes of all kinds": (bytes(range(256)) * 1000, "A101"),
}

SLOW = frozenset(
    {
        "a repeat of residuals",
        "a repeat of named modules",
        "outputs by the thousand",
        "unused blocks",
        "blocks that call all others",
        "ten thousand blocks",
        "ten thousand blocks of a vector",
        "modules inside modules",
    }
)
"""What another of the table stands for, or takes long to be found well."""

COMMANDS = ("validate", "summary", "draw", "diff", "resolve", "schema")
"""What every spec is given to that is sound; of one that is not, each says what `validate` does."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the system tells its peak of memory otherwise")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], dict[str, Any]]]:
    """What the program says of a text of the table, and what that takes: each command is a process of its own, forked
    from one that has imported it."""
    folder = tmp_path_factory.mktemp("hostile")
    specs = folder / "specs"
    specs.mkdir()
    _beside(specs)
    command = [sys.executable, "-c", RUN]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def told(name: str) -> dict[str, Any]:
            text = HOSTILE[name][0]
            (specs / "a.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
            stdin.write("specs/a.yaml\n")
            stdin.flush()
            found: dict[str, Any] = json.loads(stdout.readline())
            return found

        yield told
        stdin.close()


def _beside(specs: Path) -> None:
    """The files that hostile specs name."""
    (specs / "folder.yaml").mkdir()
    os.mkfifo(specs / "pipe.yaml")
    (specs / "link.yaml").symlink_to("/etc/passwd")
    (specs / "zero.yaml").symlink_to("/dev/zero")
    (specs / "circle.yaml").symlink_to("circle.yaml")
    (specs / "itself.yaml").write_text(HEAD + "extends: ./itself.yaml\n")
    for name, key, length in (("base", "extends: ", 990), ("blocks", "include: ", 500)):
        for i in range(length):
            following = f"./{name}{i + 1}.yaml"
            (specs / f"{name}{i}.yaml").write_text(
                f"archspec: 1\n{key}{following if name == 'base' else f'[{following}]'}\n" + "blocks: {}\n"
            )
    (specs / "there.yaml").write_text("archspec: 1\ninclude: [./back.yaml]\nblocks: {}\n")
    (specs / "back.yaml").write_text("archspec: 1\ninclude: [./there.yaml]\nblocks: {}\n")
    (specs / "many.yaml").write_text("archspec: 1\nblocks:\n" + "  b%d: {layers: [act]}\n" * 9_000 % (*range(9_000),))
    (specs / "large0.yaml").write_text(
        "archspec: 1\nblocks:\n" + "  b%d: {layers: [act, act]}\n" * 18_000 % (*range(18_000),)
    )
    nodes = "".join(f"  - act: {{name: a{i}}}\n" for i in range(10_000))
    outputs = "".join(f"  a{i}: a{i}\n" for i in range(10_000))
    (specs / "nodes.yaml").write_text(f"archspec: 1\nlayers:\n{nodes}outputs:\n{outputs}")
    stages = "".join(f"  - {{name: a{i}, layers: [act]}}\n" for i in range(8000))
    (specs / "stages.yaml").write_text(f"archspec: 1\nstages:\n{stages}")
    odd = "".join(f"  - conv: {{channels: {17 + i % 2}, kernel: 3}}\n" for i in range(5000))
    (specs / "odd.yaml").write_text(f"archspec: 1\nlayers:\n{odd}")
    for i in range(1, 40):
        os.link(specs / "large0.yaml", specs / f"large{i}.yaml")


CASES = [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in HOSTILE]


@pytest.mark.parametrize("name", CASES)
def test_hostile_input_is_a_finding_and_takes_little(name: str, program: Callable[[str], dict[str, Any]]) -> None:
    told, code = program(name), HOSTILE[name][1]
    exit_code, _, _, errors = told["validate"]
    assert errors == ""
    findings = json.loads(told["output"])["findings"]
    is_error = any(finding["severity"] == "error" for finding in findings)
    assert exit_code == is_error
    assert is_error == (not code.startswith("A7") and code != "")
    assert not code or any(finding["code"].startswith(code) for finding in findings), findings[:3]
    assert len(findings) <= 200
    for finding in findings:
        assert len(finding["message"]) + len(finding["help"] or "") <= 1200
        assert len(finding["related"]) <= 10
    for command in COMMANDS if exit_code == 0 else ("validate",):
        exit_code, seconds, kilobytes, errors = told[command]
        assert exit_code in (0, 1, 2), (command, errors)
        assert seconds < 2, command
        assert kilobytes < 250 * 1024, command


READ = {
    "a pipe that is empty": ("validate pipe.yaml", "A112"),
    "a link to a pipe": ("summary link.yaml", "A112"),
    "endless zeros": ("validate /dev/zero", "A112"),
    "a link to endless zeros": ("draw zero.yaml", "A112"),
    "endless bytes": ("diff /dev/urandom sound.yaml", "A112"),
    "endless lines": ("validate - < <(yes)", "A108"),
    "endless lines by name": ("resolve /dev/stdin < <(yes archspec: 1)", "A108"),
    "endless lines in a substitution": ("validate <(yes)", "A108"),
    "standard input": ("validate - < sound.yaml", ""),
    "standard input by name": ("validate /dev/stdin < sound.yaml", ""),
    "a substitution": ("validate <(cat sound.yaml)", ""),
    "a folder with all of them": ("validate .", ""),
}
"""What is read → the command, and the code that it ends with; without one, the spec is sound."""


@pytest.mark.parametrize("name", READ)
def test_what_never_ends_is_read_no_further_than_a_spec_may_go(name: str, tmp_path: Path) -> None:
    arguments, code = READ[name]
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "link.yaml").symlink_to("pipe.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    (tmp_path / "sound.yaml").write_text(net("act"))
    limits = "ulimit -t 4 -v 1000000"  # seconds of the processor, and KiB
    done = subprocess.run(
        ["bash", "-c", f"{limits}; {sys.executable} -m archspec {arguments}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == bool(code), done.stderr
    assert code in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
