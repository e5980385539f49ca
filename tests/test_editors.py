"""What people see in an editor: the schema through yaml-language-server, where it is installed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archspec.language import bundled_specs, read
from archspec.language.schema.schema import json_schema, schema_text
from tests.language_server import LanguageServer, command

pytestmark = pytest.mark.skipif(command() is None, reason="needs yaml-language-server, which `make editors` installs")

HEAD = "archspec: 1\ninput: [3, 8, 8]\nnorm: batch\nact: relu\n"

BLOCKS = f"""\
{HEAD}blocks:
  wide:
    description: Twice as wide.
    params:
      channels: {{type: int, min: 1, description: How many channels go out.}}
      mode: {{type: str, default: fast, choices: [fast, slow]}}
    layers: [conv: $channels]
layers:
  - wide: {{channels: 8}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    schema = tmp_path_factory.mktemp("schema") / "archspec.schema.json"
    schema.write_text(schema_text(), encoding="utf-8")
    found = LanguageServer(schema)
    yield found
    found.close()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """A server with the schema of one spec."""
    schema = tmp_path_factory.mktemp("schema") / "own.schema.json"
    schema.write_text(json.dumps(json_schema(read(BLOCKS))), encoding="utf-8")
    found = LanguageServer(schema)
    yield found
    found.close()


BROKEN = {
    "an unknown argument": (HEAD + "layers:\n  - conv: {kernal: 3}\n", 5, "kernal"),
    "an unknown key of the file": (HEAD + "layer: [act]\nlayers: [act]\n", 4, "layer"),
    "a boolean of YAML 1.1": (
        HEAD + "layers:\n  - lstm: {features: 4, bidirectional: yes}\n",
        5,
        "String does not match",
    ),
    "a number that is too small": (HEAD + "layers:\n  - conv: {kernel: 0}\n", 5, "1"),
    "an activation that there is not": (HEAD.replace("relu", "rellu") + "layers: [act]\n", 3, "relu"),
    "a node of two keys": (HEAD + "layers:\n  - conv: 8\n    act: relu\n", 5, "propert"),
    "another version": (HEAD.replace("archspec: 1", "archspec: 2") + "layers: [act]\n", 0, "1"),
    "no input": ("archspec: 1\nlayers: [flatten]\n", 0, "input"),
    "a shortcut that there is not": (HEAD + "layers:\n  - residual: {body: [act], shortcut: atuo}\n", 5, "auto"),
    "an argument of a bundled block": (HEAD + "stages:\n  - {block: basic, chanels: 8}\n", 5, "not accepted"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_underlined(name: str, server: LanguageServer) -> None:
    text, line, part = BROKEN[name]
    _, found = server.open(text)
    assert found, "nothing is found"
    assert [d for d in found if d["range"]["start"]["line"] == line and part in d["message"]], found


def test_sound_specs_are_not(server: LanguageServer) -> None:
    for name in ("resnet18", "mlp_residual", "mobilenet_v2", "tabular_resnet", "densenet121"):
        _, found = server.open(bundled_specs()[name].read_text("utf-8"))
        assert found == [], name


def offered(server: LanguageServer, text: str) -> dict[str, str]:
    """What is offered at the `|` in a text, with its documentation."""
    before = text[: text.index("|")]
    uri, _ = server.open(text.replace("|", ""))
    line = before.count("\n")
    answer = server.at("completion", uri, line, len(before) - before.rfind("\n") - 1)
    items = answer["items"] if isinstance(answer, dict) else answer or []
    return {item["label"]: _text(item.get("documentation", "")) for item in items}


def _text(content: Any) -> str:
    return str(content["value"] if isinstance(content, dict) else content)


def test_what_is_completed(server: LanguageServer) -> None:
    keys = offered(server, "archspec: 1\n|\n")
    assert {"input", "stages", "norm", "params", "budget"} <= keys.keys()
    nodes = offered(server, HEAD + "layers:\n  - |\n")
    assert {"conv", "residual", "bottleneck", "act"} <= nodes.keys()
    arguments = offered(server, HEAD + "layers:\n  - conv:\n      |\n")
    assert {"channels", "kernel", "stride", "groups", "name", "when"} <= arguments.keys()
    assert "Kernel" in arguments["kernel"] or "kernel" in arguments["kernel"]
    policies = offered(server, HEAD + "layers:\n  - residual:\n      shortcut: |\n      body: []\n")
    assert {"auto", "pool", "pad", "matching", "identity", "none"} <= policies.keys()
    assert {"basic", "bottleneck"} <= offered(server, HEAD + "stages:\n  - block: |\n").keys()


def hover(server: LanguageServer, text: str, word: str) -> str:
    uri, _ = server.open(text)
    at = text.index(word)
    line = text.count("\n", 0, at)
    answer = server.at("hover", uri, line, at - text.rfind("\n", 0, at))
    assert answer is not None, f"nothing is said about {word}"
    return _text(answer["contents"])


def test_what_is_explained(server: LanguageServer) -> None:
    text = HEAD + "layers:\n  - conv: {channels: 8, kernel: 3}\n  - basic: {channels: 16}\n"
    assert "like `torch.nn.Conv1d`" in hover(server, text, "conv")
    assert "kernel" in hover(server, text, "kernel").lower()
    assert "He et al" in hover(server, text, "basic")
    assert "Default normalization" in hover(server, text, "norm")


def test_a_spec_of_its_own_blocks(own: LanguageServer) -> None:
    assert own.open(BLOCKS)[1] == []
    assert "wide" in offered(own, BLOCKS.replace("  - wide: {channels: 8}", "  - |"))
    assert {"channels", "mode"} <= offered(own, BLOCKS.replace("{channels: 8}\n", "\n      |\n")).keys()
    assert "Twice as wide." in hover(own, BLOCKS + "  - wide: {channels: 9}\n", "wide: {channels: 9}")
    for wrong in ("{chanels: 8}", "{channels: 8, mode: fsat}", "{channels: 0}"):
        _, found = own.open(BLOCKS.replace("  - wide: {channels: 8}", f"  - wide: {wrong}"))
        assert [d for d in found if d["range"]["start"]["line"] == 12], wrong


def test_the_line_in_a_file_names_its_schema(server: LanguageServer, tmp_path: Path) -> None:
    """What `# yaml-language-server: $schema=` names comes before the settings."""
    schema = tmp_path / "own.schema.json"
    schema.write_text(json.dumps(json_schema(read(BLOCKS))), encoding="utf-8")
    _, found = server.open(f"# yaml-language-server: $schema={schema.as_uri()}\n{BLOCKS}  - wid: 3\n")
    assert [d["range"]["start"]["line"] for d in found] == [14]
