"""Every bundled spec: published networks key for key and output for output, and all of them at other settings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import archspec
from archspec.graph import Graph
from archspec.language import bundled_specs, how_equal
from archspec.language.bundled_files import parity
from archspec.types import Size
from archspec.types.sizes import evaluate, symbols
from benchmarks._originals import LIBRARIES
from tests.goldens.check_parity import check
from tests.tensors import same_state

GOLDENS = {path.stem.split("-", 1)[1]: path for path in sorted((Path(__file__).parent / "goldens").glob("*.json"))}
PUBLISHED = sorted(set(GOLDENS) - {"convnextv2_atto"})  # whose spec and op lie in tests/plugins
# the original registers the shortcut before the body that it stands beside
OTHER_ORDER = ("fasternet_t0", "regnet_y_400mf", "resnetv2_50", "xception41")
# where double precision sees what float32 rounding hides, at a fraction of the time of the large ones
DOUBLE = ("resnet18", "mobilenet_v3_small", "deit_tiny_patch16_224", "resmlp_12_224", "convnext_tiny")
# valid convolutions with cropped skips fit certain sizes; a residual around the whole network fixes its channels
TIED = ("unet", "unet3d", "vdsr")
NAMES = sorted(bundled_specs())
# attention projects a learned query once, whatever the batch
ONCE = ("siglip_base_patch16_224",)
# of open axes, where 64 are too few
LENGTHS = {"samples": 2000}
README = Path(__file__).parent.parent / "README.md"


@cache
def graph(name: str) -> Graph:
    return archspec.compile(name)


def golden(name: str) -> dict[str, Any]:
    return json.loads(GOLDENS[name].read_text())


def sized(shape: Iterable[Size]) -> tuple[int, ...]:
    """A shape, with lengths for axes that a spec leaves open."""
    return tuple(evaluate(n, {name: LENGTHS.get(name, 64) for name in symbols(n)}) for n in shape)


def inputs(found: Graph, batch: int) -> list[torch.Tensor]:
    """Values on the meta device, of the types that the network takes."""
    types = [value.type for value in found.inputs.values() if value.type]
    return [torch.zeros(batch, *sized(kind.shape), dtype=getattr(torch, kind.dtype), device="meta") for kind in types]


def shapes(found: Graph, batch: int) -> list[tuple[int, ...]]:
    model = archspec.build(found, device="meta").eval()
    with torch.no_grad():
        output = model(*inputs(found, batch))
    return [tuple(value.shape) for value in (output.values() if isinstance(output, dict) else [output])]


@pytest.mark.parametrize("name", PUBLISHED)
def test_it_is_the_published_network(name: str) -> None:
    want = golden(name)
    keys = [[key, list(weight.shape)] for key, weight in graph(name).weights()]
    if name in OTHER_ORDER:
        assert sorted(keys) == sorted(want["keys"])
    else:
        assert keys == want["keys"]
    assert graph(name).parameter_count == want["num_params"]
    assert graph(name).macs == want["macs"]
    report = check(archspec.build(graph(name), seed=0), want, double=name in DOUBLE)
    assert report["ok"], report


def test_every_golden_has_its_spec() -> None:
    assert set(PUBLISHED) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_where_it_comes_from(name: str) -> None:
    assert graph(name).reference


@pytest.mark.parametrize("name", NAMES)
def test_counts_are_those_of_torch(name: str) -> None:
    found = graph(name)
    model = archspec.build(found, device="meta").train()
    state = [(key, tuple(value.shape)) for key, value in model.state_dict().items()]
    assert state == [(key, tuple(weight.shape)) for key, weight in found.weights()]
    assert found.parameter_count == sum(p.numel() for p in model.parameters())
    batch = 1 if name in ONCE else 2
    with FlopCounterMode(display=False) as counter:
        model(*inputs(found, batch))
    once = sum(node.macs for _, node in found.nodes() if node.output.type and not node.output.type.batch)
    macs, once = sized([found.macs, once])
    assert counter.get_total_flops() == 2 * (batch * macs - (batch - 1) * once)  # without a batch, once for all samples


@pytest.mark.parametrize("name", NAMES)
def test_shapes_are_those_of_torch_at_any_batch(name: str) -> None:
    found = graph(name)
    for batch in (1, 3):
        want = [(batch, *sized(value.type.shape)) for value in found.outputs.values() if value.type]
        assert shapes(found, batch) == want


DETECTORS = ("detection", "yolo")
"""The families with boxes beside the classes, and classes of several anchors."""


@pytest.mark.parametrize("name", [name for name in NAMES if "classes" in graph(name).params])
def test_other_class_counts(name: str) -> None:
    found = archspec.compile(name, params={"classes": 7})
    if bundled_specs()[name].parent.name not in DETECTORS:
        assert all(7 in shape for shape in shapes(found, 2))
        return
    pairs = [
        pair
        for shape, other in zip(shapes(graph(name), 2), shapes(found, 2), strict=True)
        for pair in zip(shape, other, strict=True)
    ]
    changes = [after - before for before, after in pairs if before != after]
    assert changes
    assert all(change % (7 - graph(name).params["classes"]) == 0 for change in changes)


def fully_convolutional(name: str) -> bool:
    """Whether it takes images of any size: two dimensions, and nothing that ties weights to positions."""
    kind = next(iter(graph(name).inputs.values())).type
    tied = {"position", "flatten", "linear", "rearrange"}
    ops = [node.op.name for _, node in graph(name).nodes()]
    pooled = "global_pool" in ops
    return kind is not None and len(kind.size) == 2 and not tied & set(ops if not pooled else ops[:-3])


@pytest.mark.parametrize("name", [name for name in NAMES if fully_convolutional(name) and name not in TIED])
def test_other_sizes_and_input_channels(name: str) -> None:
    kind = next(iter(graph(name).inputs.values())).type
    assert kind is not None
    size = [n + 32 for n in sized(kind.size)]
    text = f"archspec: 1\nextends: {name}\ninput: [{kind.channels + 2}, {size[0]}, {size[1]}]\n"
    found = archspec.compile(text)
    assert shapes(found, 2) == [(2, *value.type.shape) for value in found.outputs.values() if value.type]


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "vgg16_bn", "darknet53", "resnet50d", "densenet121"])
def test_group_norm_by_one_line(name: str) -> None:
    found = archspec.compile(f"archspec: 1\nextends: {name}\nnorm: {{type: group, groups: 8}}\n")
    norms = {node.op.type for _, node in found.nodes() if node.op.name == "norm"}
    assert norms == {"group"}
    assert shapes(found, 2) == [(2, 1000)]


def test_the_gallery_is_as_wide_as_the_readme_says() -> None:
    families = {path.parent.name for path in bundled_specs().values()}
    assert "more than two hundred from over eighty families" in " ".join(README.read_text("utf-8").split())
    assert len(NAMES) > 200
    assert len(families) > 80


def test_what_is_known_of_equality_is_of_what_is_compared() -> None:
    assert set(parity()) == {name for names in LIBRARIES.values() for name in names}
    assert {how_equal(name) for name in NAMES} >= {"bit-equal", "≤ 1e-14", ""}


def cited(name: str) -> tuple[str, str]:
    """The paper that a reference begins with, and where it says the original is."""
    text = graph(name).reference
    paper = re.match(r".*?\b\d{4}\b", text)
    place = re.search(rf"({'|'.join(map(re.escape, LIBRARIES))})[\w./-]*", text)
    return paper[0] if paper else "", place[0] if place else ""


def said(names: list[str]) -> str:
    """How equal the networks of a family are to their originals: the worst of them."""
    bounds = [parity()[name] for name in names if name in parity()]
    exact = bounds.count(0)
    text = how_equal(max(names, key=lambda name: parity().get(name, -1)))
    if 0 < exact < len(bounds):
        text = f"{exact} bit-equal, {len(bounds) - exact} {text}"
    return text if len(bounds) in (0, len(names)) else f"{len(bounds)} of {len(names)}: {text}"


def table_of_networks() -> str:
    """A row for each family: its networks, their papers, where their originals are, and how many are how equal."""
    families: dict[str, list[str]] = {}
    for name in NAMES:
        families.setdefault(bundled_specs()[name].parent.name, []).append(name)
    rows = ["| family | networks | after | original | outputs |", "|---|---|---|---|---|"]
    for family, names in sorted(families.items()):
        papers, places = ({place: None for place in column if place} for column in zip(*map(cited, names), strict=True))
        cells = (family, ", ".join(names), "; ".join(papers), ", ".join(places), said(names))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def test_the_table_of_networks_is_what_the_specs_say(golden: Callable[[Path, str], None]) -> None:
    before, start, rest = README.read_text(encoding="utf-8").partition("<!-- networks -->\n")
    _, end, after = rest.partition("\n<!-- end of networks -->")
    assert start, "the page lost the marks between which the table stands"
    assert end, "the page lost the marks between which the table stands"
    golden(README, f"{before}{start}{table_of_networks()}{end}{after}")


def test_what_names_a_library_is_compared_with_that_of_this_name() -> None:
    for library, names in LIBRARIES.items():
        assert {name for name in NAMES if library in graph(name).reference} == set(names), library


COUNT = re.compile(r"(\d[\d,]*(?:\.(\d+))?)(?: ([Mk]))? (parameters|weights)\b")
UNITS = {"M": 10**6, "k": 10**3, None: 1}


@pytest.mark.parametrize("name", [name for name in NAMES if COUNT.search(graph(name).reference)])
def test_counts_in_a_reference_are_those_of_the_network(name: str) -> None:
    """Of all parameters, or of those of kernels and matrices alone, to the digits that are given."""
    for text, digits, unit, what in COUNT.findall(graph(name).reference):
        weights = [weight for _, weight in graph(name).weights() if len(weight.shape) > 1]
        count = graph(name).parameter_count if what == "parameters" else sum(prod(w.shape) for w in weights)
        wanted = float(text.replace(",", ""))
        assert round(count / UNITS[unit or None], len(digits)) == wanted


def test_names_are_those_that_a_description_says() -> None:
    """Written down after `BertModel` of Hugging Face and `GPT` of nanoGPT, whose tables of positions are modules."""
    layer = [f"attention.self.{part}" for part in ("query", "key", "value")]
    layer += ["attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense"]
    parts = [f"encoder.layer.{n}.{part}" for n in range(12) for part in (*layer, "output.LayerNorm")]
    parts += ["embeddings.LayerNorm", "pooler.dense"]
    tables = [f"embeddings.{kind}_embeddings" for kind in ("word", "position", "token_type")]
    bert = {f"{part}.{kind}" for part in parts for kind in ("weight", "bias")} | {f"{table}.weight" for table in tables}
    block = ["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"]
    parts = [f"transformer.h.{n}.{part}" for n in range(12) for part in block]
    gpt = {f"{part}.{kind}" for part in (*parts, "transformer.ln_f") for kind in ("weight", "bias")}
    gpt |= {"transformer.wte.weight", "transformer.wpe.weight", "lm_head.weight"}
    for name, table, wanted in (
        ("bert_base", "embeddings.position_embeddings", bert),
        ("gpt2", "transformer.wpe", gpt),
    ):
        keys = {key for key, _ in graph(name).weights()}
        assert keys - wanted == {table}
        assert wanted - keys == {f"{table}.weight"}


def test_gpt2_has_the_parameters_of_the_paper_where_its_embedding_is_used_twice() -> None:
    head = prod(dict(graph("gpt2").weights())["lm_head.weight"].shape)
    assert round((graph("gpt2").parameter_count - head) / 10**6) == 124


def published(
    name: str, params: dict[str, int], keys: dict[str, str]
) -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
    """A network, and its weights under keys that patterns make of its own."""
    model = archspec.build(archspec.compile(name, params), seed=0)
    state = model.state_dict()
    for pattern, replacement in keys.items():
        state = {re.sub(pattern, replacement, key): value for key, value in state.items()}
    return model, state


@pytest.mark.parametrize("head", [True, False])
def test_gpt2_loads_the_layout_of_its_file(head: bool) -> None:
    """The file has matrices the other way round, no prefix, masks as buffers, and perhaps the head."""
    small = {"vocab": 30, "length": 16, "width": 8, "heads": 2, "kv_heads": 2}
    model, file = published("gpt2_tied", small, {r"^transformer\.": ""})
    turned = ("c_attn.weight", "c_fc.weight", "c_proj.weight")
    file = {key: value.T if key.endswith(turned) else value for key, value in file.items()}
    file |= {f"h.{n}.attn.bias": torch.ones(1, 1, 16, 16).tril() for n in range(12)}
    file |= {f"h.{n}.attn.masked_bias": torch.tensor(-1e4) for n in range(12)}
    if not head:
        del file["lm_head.weight"]
    loaded = archspec.build(model.graph, seed=1)
    assert archspec.load_weights(loaded, file).complete
    assert same_state(loaded.state_dict(), model.state_dict())
    assert loaded.lm_head.weight is loaded.transformer.wte.weight


@pytest.mark.parametrize(
    ("name", "params", "keys"),
    [
        (
            "bert_base_uncased",
            {"vocab": 30, "length": 16},
            {"^": "bert.", "Norm.weight": "Norm.gamma", "Norm.bias": "Norm.beta"},
        ),
        ("roberta_base", {"vocab": 30, "length": 16}, {"^": "roberta."}),
        ("albert_base_v2", {"vocab": 30, "length": 16}, {"^": "albert."}),
        ("pythia_160m", {"vocab": 30, "heads": 1}, {"lm_head": "embed_out"}),
        ("siglip_base_patch16_224", {"blocks": 1}, {"^": "vision_model."}),
        (
            "dinov2_small_registers",
            {"image": 28},
            {
                "([qkv])_proj": r"attention.\1",
                r"\.q\.": ".query.",
                r"\.k\.": ".key.",
                r"\.v\.": ".value.",
                "o_proj": "output.dense",
            },
        ),
    ],
)
def test_names_in_published_files_are_found(name: str, params: dict[str, int], keys: dict[str, str]) -> None:
    small = {"width": 8, "heads": 2, **params}
    model, file = published(name, small, keys)
    loaded = archspec.build(model.graph, seed=1)
    assert archspec.load_weights(loaded, file).complete
    assert same_state(loaded.state_dict(), model.state_dict())


def test_mixtral_loads_the_layout_of_its_file() -> None:
    """The file has three matrices of each expert, the gate first."""
    small = {"vocab": 30, "width": 8, "hidden": 6, "heads": 2, "kv_heads": 1, "blocks": 2}
    model, file = published("mixtral_8x7b", small, {r"\.mlp\.": ".block_sparse_moe."})
    for key in [key for key in file if ".experts." in key]:
        experts, _, kind = key.rpartition(".")
        names = ("w1", "w3") if kind == "gate_up_proj" else ("w2",)
        for n, packed in enumerate(file.pop(key)):
            parts = zip(names, packed.chunk(len(names)), strict=True)
            file |= {f"{experts}.{n}.{name}.weight": part for name, part in parts}
    loaded = archspec.build(model.graph, seed=1)
    assert archspec.load_weights(loaded, file).complete
    assert same_state(loaded.state_dict(), model.state_dict())
