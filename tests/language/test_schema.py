"""The JSON Schema: sound, up to date, complete for editors, and exact where it rejects."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from archspec import resources
from archspec.compiler import check
from archspec.diagnostics import Collector
from archspec.language import bundled_blocks, bundled_specs, read, read_source
from archspec.language.combinators import COMBINATORS
from archspec.language.library import bundled_block
from archspec.language.schema.schema import json_schema, schema_text
from archspec.ops import OPS
from archspec.source import Tree, read_file, read_text
from archspec.source.tree import plain
from tests.language.rejections import rejections
from tests.sentences.case import full

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*resources.specs_folder().rglob("*.yaml"), *bundled_blocks().values()])
SCHEMA = json_schema()
HEAD = "archspec: 1\ninput: [3, 8, 8]\nnorm: batch\nact: relu\n"

# all of draft-07, and what editors show
KEYWORDS = {
    "$schema", "$ref", "title", "description", "default", "type", "enum", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "pattern", "minLength", "maxLength", "items", "additionalItems", "minItems", "maxItems",
    "properties", "patternProperties", "additionalProperties", "propertyNames", "required", "minProperties",
    "maxProperties", "dependencies", "if", "then", "else", "allOf", "anyOf", "not", "definitions",
    "markdownDescription", "defaultSnippets",
}  # fmt: skip
MAPS = {"properties", "patternProperties", "definitions", "dependencies"}
CONSTRAINTS = {"if", "then", "else", "not", "dependencies", "allOf"}
"""Where a schema only forbids; what the keys mean is said elsewhere."""


def data(path: Path) -> Any:
    _, tree = read_file(path, Collector())
    assert tree is not None
    return plain(tree)


def parsed(text: str) -> Any:
    tree: Tree | None = read_text(text, "x.yaml", Collector())[1]
    assert tree is not None
    return plain(tree)


def subschemas(schema: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every schema inside a schema, with the way to it."""
    if isinstance(schema, list):
        for item in schema:
            yield from subschemas(item, at)
    elif isinstance(schema, dict):
        yield at, schema
        for key, value in schema.items():
            if key in MAPS:
                for name, inner in value.items():
                    yield from subschemas(inner, (*at, key, name))
            elif key not in ("enum", "default", "required", "defaultSnippets"):
                yield from subschemas(value, (*at, key))


def followed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference stands for."""
    while "$ref" in schema:
        found: Any = SCHEMA
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def test_it_is_a_sound_schema_of_draft_07() -> None:
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(SCHEMA)
    own = json_schema(read("squeezenet1_0"))
    Draft7Validator.check_schema(own)
    for schema in (SCHEMA, own):
        assert {key for _, part in subschemas(schema) for key in part} <= KEYWORDS


def test_every_reference_leads_somewhere() -> None:
    for at, part in subschemas(SCHEMA):
        assert isinstance(followed(part), dict), at


def test_the_file_is_up_to_date() -> None:
    stale = "schemas/archspec.schema.json is stale: `make schema` writes it anew"
    assert resources.schema_file().read_text(encoding="utf-8") == schema_text(), stale


def test_the_text_does_not_change_from_run_to_run() -> None:
    code = (
        "import sys; from archspec.language.schema import schema_text; sys.stdout.buffer.write(schema_text().encode())"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
        assert run.stdout.decode() == schema_text()


def test_every_key_is_described_twice() -> None:
    """For editors that show Markdown, and for those that do not."""
    bare = [
        "/".join(at)
        for at, part in subschemas(SCHEMA)
        if len(at) > 1 and at[-2] == "properties" and not CONSTRAINTS & set(at) and not at[1].startswith("needs_of_")
        if not {"description", "markdownDescription"} <= set(followed(part))
    ]
    assert not bare


def test_ops_combinators_and_bundled_blocks_are_keys_of_a_node() -> None:
    node = SCHEMA["definitions"]["node"]
    assert set(node["properties"]) == {*OPS, *COMBINATORS, *bundled_blocks()}
    conv = followed(node["properties"]["conv"])
    assert conv["markdownDescription"].startswith("Convolution over one, two or three dimensions, like `torch.nn.Conv")
    assert conv["properties"]["kernel"]["default"] == 1
    assert set(conv["properties"]) == {*OPS["conv"].model_fields, "name", "from", "when", "tie", "init"}
    block = followed(node["properties"]["bottleneck"])
    assert block["properties"]["hidden_channels"]["default"] == "$(channels // 4)"
    assert block["description"] == "1×1, 3×3, 1×1 with the stride on the 3×3 (ResNet V1.5). Keys as in torchvision."


SNIPPETS = {
    name: part["defaultSnippets"][0]["body"]
    for name, part in SCHEMA["definitions"].items()
    if "defaultSnippets" in part and name.startswith("node_")
}


def inserted(body: Any) -> Any:
    """What an editor inserts where every placeholder is left as it is."""
    if isinstance(body, dict):
        return {key: inserted(value) for key, value in body.items()}
    if isinstance(body, list):
        return list(map(inserted, body))
    text = re.sub(r"\$\{\d+:((?:\\.|[^}])*)\}", lambda match: re.sub(r"\\(.)", r"\1", match[1]), body)
    return parsed(text)


def test_every_node_that_needs_something_has_a_snippet() -> None:
    words = {name: OPS[name].model_json_schema().get("required", []) for name in OPS}
    assert {f"node_{name}" for name, needed in words.items() if needed} | {
        "node_stage",
        "node_basic",
    } <= SNIPPETS.keys()


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_inserts_what_validates(name: str) -> None:
    """In a network that it fits: a picture, a sequence or ids, with the slot, after a convolution, or beside a grid."""
    node = {name.removeprefix("node_"): inserted(SNIPPETS[name])}
    head = {"archspec": 1, "norm": "batch", "act": "relu"}
    block = {"params": {"attention": "layers"}, "layers": [node]}
    grid = {"channels": 2, "size": [4, 4], "layout": "channels_last"}
    specs: list[dict[str, Any]] = [
        {**head, "input": [64, 8, 8], "layers": [node]},
        {**head, "input": {"channels": 192, "size": [4], "layout": "channels_last"}, "layers": [node]},
        {**head, "input": {"channels": 4, "size": [15], "layout": "channels_last"}, "layers": [node]},
        {**head, "input": {"vocab": 9, "length": 4}, "layers": [node]},
        {**head, "input": [64, 8, 8], "blocks": {"own": block}, "layers": ["own"]},
        {**head, "input": [64, 8, 8], "layers": [{"conv": {"name": "conv1", "channels": 64}}, node]},
        {**head, "input": [64, 8, 8], "layers": [{"conv": {"name": "head", "channels": 64}}, node]},
        {**head, "inputs": {"x": [64, 8, 8], "grid": grid}, "layers": [node]},
    ]
    assert all(rejections(spec, SCHEMA) == [] for spec in specs)
    assert any(not check(read(spec)).errors for spec in specs), node


@pytest.mark.parametrize("key", ["norm", "act", "input"])
def test_a_snippet_of_the_file_inserts_what_validates(key: str) -> None:
    part = SCHEMA["definitions"][key]
    spec = {
        "archspec": 1,
        "input": [3, 8, 8],
        "layers": ["conv", key],
        key: inserted(part["defaultSnippets"][0]["body"]),
    }
    spec["layers"] = ["conv"] if key == "input" else ["conv", key]
    assert rejections(spec, SCHEMA) == []
    assert not check(read(spec)).errors


@pytest.mark.parametrize("name", sorted(bundled_blocks()))
def test_parameters_of_bundled_blocks_have_types_and_descriptions(name: str) -> None:
    part = SCHEMA["definitions"][f"node_{name}"]
    for parameter in bundled_block(name).parameters:
        known = part["properties"][parameter]
        assert "type" in known or parameter == "hidden_channels", parameter
        assert not known["description"].startswith("The parameter"), parameter


@pytest.mark.parametrize(
    ("node", "accepted"),
    [
        ("basic: {channels: 8, stride: [1, 2]}", True),
        ("basic: {channels: 8, stride: 0}", False),
        ("basic: {channels: 8, stride: [1, 2, 1, 1]}", False),
        ("basic: {channels: 0}", False),
        ("basic: {channels: 16, groups: depthwise}", True),
        ("basic: {channels: 8, groups: none}", False),
        ("basic: {channels: 8, drop_path: 1.5}", False),
        ("basic: {channels: 8, shortcut: pool}", True),
        ("basic: {channels: 8, shortcut: pol}", False),
        ("mlp: {dropout: -1}", False),
        ("squeeze_excitation: {hidden_channels: $(2 * in_channels)}", True),
        ("squeeze_excitation: {gate: hardsigmoid}", True),
        ("squeeze_excitation: {gate: sigmoidal}", False),
        ("inverted_residual: {channels: 8, expand: -1}", False),
        ("inverted_residual: {channels: 8, expand: 1.5}", True),
    ],
)
def test_parameters_of_bundled_blocks_have_ranges(node: str, accepted: bool) -> None:
    """The schema and the compiler agree on them."""
    text = f"{HEAD.replace('[3, 8, 8]', '[16, 8, 8]')}layers: [{node}]\n"
    assert (rejections(parsed(text), SCHEMA) == []) == accepted
    assert (not check(read(text)).errors) == accepted


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_bundled_files_pass(path: Path) -> None:
    assert rejections(data(path), SCHEMA) == []


@pytest.mark.parametrize("name", sorted(bundled_specs()))
def test_bundled_specs_pass_their_own_schema(name: str) -> None:
    assert rejections(data(bundled_specs()[name]), json_schema(read(name))) == []


def test_texts_of_a_parameter_are_those_of_its_use_and_sizes_of_axes_may_be_computed(tmp_path: Path) -> None:
    text = full("""
        params: {depth: 3, window: 4}
        blocks: {own: {params: {padding: {type: str, default: null}}, layers: [conv: {kernel: 2, padding: $padding}]}}
        layers:
          - own: {padding: same}
          - within: {pattern: n c (a p) w -> (n a) c p w, p: $window, layers: [act]}
          - einsum: {from: [., .], pattern: "n (g c) h w, n (g c) h w -> n c h", g: $(window // 2)}
    """)
    (tmp_path / "t.yaml").write_text(text)
    assert rejections(data(tmp_path / "t.yaml"), json_schema(read(text))) == []


OWN = """\
blocks:
  gate:
    description: A gate.
    params: {channels: int, kind: {type: str, choices: [soft, hard], default: soft, description: Which.}, inner: layers}
    layers: [linear: $channels]
  pair:
    params: {one: int, other: int}
    layers: []
"""


def own_schema(text: str) -> dict[str, Any]:
    return json_schema(read_source(text, "x.yaml", Collector()))


def test_the_schema_of_a_spec_knows_its_blocks() -> None:
    schema = own_schema(f"{HEAD}{OWN}layers: [gate: 8]\n")
    gate = schema["definitions"]["node_gate"]
    assert gate["markdownDescription"] == "A gate."
    assert gate["properties"]["kind"] == {
        "description": "Which.",
        "markdownDescription": "Which.",
        "type": ["string", "null"],
        "anyOf": [{"enum": ["soft", "hard"]}, {"type": "string", "pattern": r"\$"}, {"type": "null"}],
        "default": "soft",
    }


@pytest.mark.parametrize(
    ("layers", "general", "own"),
    [
        ("[gate: 8]", [], []),
        ("[gate: $x]", [], []),
        ("[gate: {channels: 8, inner: [act], kind: hard, name: g, norm: group, act: {type: elu, alpha: 1}}]", [], []),
        ("[gate: {channels: a}]", [], [("layers", 0, "gate", "channels")]),
        ("[gate: {channels: 8, kind: other}]", [], [("layers", 0, "gate", "kind")]),
        ("[gate: {channels: 8, knd: soft}]", [], [("layers", 0, "gate", "knd")]),
        ("[gate: {channels: 8, inner: [cnv]}]", [], [("layers", 0, "gate", "inner", 0)]),
        ("[gate: {channels: 8, name: []}]", [("layers", 0, "gate", "name")], [("layers", 0, "gate", "name")]),
        ("[gate]", [], [("layers", 0)]),
        ("[gate: {kind: soft}]", [], [("layers", 0, "gate")]),
        ("[pair: 3]", [], [("layers", 0, "pair")]),
        ("[gat: 8]", [], [("layers", 0, "gat")]),
        ("[stage: {block: gate, channels: 8, depth: 2}]", [], []),
        ("[stage: {block: gate, channels: 8, dpth: 2}]", [], [("layers", 0, "stage", "dpth")]),
        ("[stage: {block: gate, first: {channels: 8}}]", [], []),
        ("[stage: {block: gate}]", [], [("layers", 0, "stage")]),
    ],
)
def test_calls_of_a_block(layers: str, general: list[Any], own: list[Any]) -> None:
    text = f"{HEAD}{OWN}layers: {layers}\n"
    assert rejections(parsed(text), SCHEMA) == general
    assert rejections(parsed(text), own_schema(f"{HEAD}{OWN}layers: []\n")) == own


def test_arguments_that_defaults_give_may_be_left_out() -> None:
    bare = f"{HEAD}layers: [max_pool]\n"
    given = f"{HEAD}defaults: {{max_pool: {{kernel: 2}}, conv: {{bias: false}}}}\nlayers: [max_pool]\n"
    beside = f"{HEAD}defaults: {{conv: {{bias: false}}}}\nlayers: [max_pool]\n"
    over = "archspec: 1\nextends: ./base.yaml\nlayers: [max_pool]\n"
    for text, rejected in ((bare, 1), (given, 0), (beside, 1), (over, 0)):
        assert len(rejections(parsed(text), SCHEMA)) == rejected, text
        if "extends" not in text:
            assert len(rejections(parsed(text), own_schema(text))) == rejected, text


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("layers: [conv: {chanels: 3}]", ("layers", 0, "conv", "chanels")),
        ("layers: [act: rleu]", ("layers", 0, "act")),
        ("layers: [conv: wide]", ("layers", 0, "conv")),
        ("layers: [conv: {bias: 1}]", ("layers", 0, "conv", "bias")),
        ("layers: [dropout: 3]", ("layers", 0, "dropout")),
        ("layers: [conv_transpose]", ("layers", 0)),
        ("layers: [seq: null]", ("layers", 0, "seq")),
        ("layers: [conv_transpose: 3]", ("layers", 0, "conv_transpose")),
        ("layers: [repeat: {times: 3}]", ("layers", 0, "repeat")),
        ("layers: [{act: relu, name: a}]", ("layers", 0)),
        ("layers: []\nparams: {x: {type: int, max: a}}", ("params", "x", "max")),
        ("layers: [{}]", ("layers", 0)),
        ("layers: []\nstem: []", ("layers",)),
        ("layers: []\nparams: {input: 3}", ("params", "input")),
        ("layers: []\nlyers: []", ("lyers",)),
        ("name: x", ()),
        ("stages: [{depth: 3}]", ("stages", 0)),
        ("stages: [{block: basic, chanels: 3, channels: 3}]", ("stages", 0, "chanels")),
        ("stages: {layer1: {depth: 2}}", ("stages",)),
    ],
)  # fmt: skip
def test_where_it_rejects(text: str, path: tuple[Any, ...]) -> None:
    assert rejections(parsed(HEAD + text), SCHEMA) == [path]


def test_a_validation_loads_nothing_of_it() -> None:
    code = """
import sys, archspec
archspec.compile("resnet18")
print([name for name in sys.modules if name.startswith("archspec.language.schema.schema") or name == "jsonschema"])
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
