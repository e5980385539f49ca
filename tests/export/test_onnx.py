from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch

import archspec
import archspec.export.onnx
from archspec.errors import ExportError, MissingExtra, UsageError
from archspec.export import export, select
from archspec.export.onnx import Onnx
from archspec.ops.shape import Upsample
from tests.export.networks import entries, network


def axes(value: onnx.ValueInfoProto) -> list[str | int]:
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


def session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("name", ["image", "tokens", "mapping", "inputs"])
def test_runs_at_every_batch_size(name: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    graph, model = network(name)
    manifest = export(graph, model, folder, ["onnx"])
    assert capfd.readouterr() == ("", "")
    assert set(entries(folder)) == {"manifest.json", f"{graph.name}.onnx"}, "weights stand in a second file"
    assert {"onnx", "onnxruntime", "onnxscript"} <= set(manifest.versions)
    proto = onnx.load(folder / f"{graph.name}.onnx")
    assert [value.name for value in proto.graph.input] == list(graph.inputs)
    assert [value.name for value in proto.graph.output] == list(graph.outputs)
    assert all(axes(value)[0] == "N" for value in (*proto.graph.input, *proto.graph.output))
    model.eval()
    runtime = session(folder / f"{graph.name}.onnx")
    for batch in (1, 5):
        kinds = [value.type for value in graph.inputs.values() if value.type]
        inputs = [
            torch.randint(kind.vocab, (batch, *kind.shape)) if kind.vocab else torch.randn(batch, *kind.shape)
            for kind in kinds
        ]
        found = runtime.run(None, {key: x.numpy() for key, x in zip(graph.inputs, inputs, strict=True)})
        wanted = model(*inputs)
        for output, expected in zip(found, [wanted] if graph.single else wanted.values(), strict=True):
            torch.testing.assert_close(torch.from_numpy(output), expected.detach(), rtol=1e-4, atol=1e-5)


def test_symbolic_sizes_keep_their_names(folder: Path) -> None:
    export(*network("symbolic"), folder, ["onnx"])
    path = folder / "symbolic.onnx"
    assert axes(onnx.load(path).graph.input[0]) == ["N", 3, "H", "W"]
    (found,) = session(path).run(None, {"input": torch.randn(2, 3, 17, 30).numpy()})
    assert found.shape == (2, 2, 5, 8)


SIZES = {
    "rounded": ([3, "H", "W"], [{"max_pool": 2}, {"upsample": 2}], [3, "2*⌊H/2⌋", "2*⌊W/2⌋"]),
    "kept": ([3, "H", "W"], [{"residual": [{"max_pool": 2}, {"conv": {"channels": 3, "kernel": 3}}, {"upsample": 2}]}],
             [3, "H", "W"]),
    "divided": ([3, "H", "W"], [{"residual": [{"max_pool": 2}, {"upsample": 2}]}, {"max_pool": 2}], [3, "H/2", "W/2"]),
    "strided": ([3, "H", 16], [{"conv": {"channels": 2, "kernel": 3, "stride": 2}}], [2, "⌈H/2⌉", 8]),
    "sequence": ([2, "L"], [{"conv": {"channels": 2, "kernel": 3}}], [2, "L"]),
}  # fmt: skip


@pytest.mark.parametrize("case", SIZES)
def test_sizes_are_called_what_the_spec_calls_them(case: str, folder: Path) -> None:
    given, layers, wanted = SIZES[case]
    graph = archspec.compile({"archspec": 1, "name": "open", "input": given, "layers": layers})
    export(graph, archspec.build(graph, seed=0), folder, ["onnx"])
    proto = onnx.load(folder / "open.onnx")
    assert axes(proto.graph.input[0]) == ["N", *given]
    assert axes(proto.graph.output[0]) == ["N", *wanted]
    facts = {entry.key: entry.value for entry in proto.metadata_props}
    conditions = [f"{name} is a multiple of {divisor}" for name, divisor in sorted(graph.constraints.items())]
    assert facts.get("sizes", "") == "; ".join(conditions)
    assert (facts["fingerprint"], facts["spec"]) == (graph.fingerprint, "open")


ATTENTION = {
    "plain": "",
    "causal": ", causal: true",
    "masked": ", mask: mask, bias: bias, causal: true",
}


@pytest.mark.parametrize("shared", [False, True], ids=["", "shared"])
@pytest.mark.parametrize("case", ATTENTION)
def test_attention_over_the_last_of_several_sizes(case: str, shared: bool, folder: Path) -> None:
    """ONNX has attention with one axis in front of the heads alone, and before opset 23 no shared heads."""
    mask = ", mask: {vocab: 2, length: 5}" if case == "masked" else ""
    graph = archspec.compile(f"""
        archspec: 1
        name: rows
        inputs: {{x: {{channels: 12, size: [3, H, 5], layout: channels_last}}{mask}}}
        layers:
          - parameter: {{name: bias, shape: [2, 5, 5], layout: channels_first, init: normal}}
          - sdpa: {{from: x, heads: 2{ATTENTION[case]}{", kv_heads: 1" * shared}}}
    """)
    export(graph, archspec.build(graph, seed=0), folder, ["onnx"])  # which compares what both compute
    assert axes(onnx.load(folder / "rows.onnx").graph.output[0]) == ["N", 3, "H", 5, 6 if shared else 4]


@pytest.mark.parametrize("opset", [18, 21])
def test_writes_the_opset_asked_for(opset: int, folder: Path) -> None:
    export(*network("vector"), folder, select(["onnx"], opset=opset))
    assert onnx.load(folder / "vector.onnx").opset_import[0].version == opset


@pytest.mark.parametrize("opset", [0, 17, 999])
def test_refuses_an_opset_that_is_not_supported(opset: int, folder: Path) -> None:
    with pytest.raises(UsageError, match=f"with an opset from 18 to [0-9]+ here, not with {opset}"):
        export(*network("vector"), folder, select(["onnx"], opset=opset))
    assert not folder.parent.exists()


def test_refuses_an_output_with_the_name_of_an_input(folder: Path) -> None:
    graph = archspec.compile("""
        archspec: 1
        name: passed
        input: [4]
        layers: [linear: {name: fc, features: 2}]
        outputs: {fc: fc, input: input}
    """)
    with pytest.raises(ExportError, match=r"as onnx: `input` .* is an input and an output, two values of one name"):
        export(graph, archspec.build(graph), folder, ["onnx"])
    assert not folder.parent.exists()


@pytest.mark.parametrize(
    "spec",
    [
        "input: [4, 6]\nlayers: [scale: {name: y}]\noutputs: {y: y}",
        "inputs: {z: [4], y: [4]}\nlayers: [scale: {name: y, from: z}, add: {name: s, from: [., input.y]}]",
        "input: [4]\nlayers: [parameter: {name: a, shape: [4], init: normal}, scale: {name: b}]\noutputs: {b: a, a: b}",
        "input: [4]\nlayers: [linear: {name: fc, features: 3}]\noutputs: {fc.weight: fc, fc.bias: input}",
        "input: {channels: 4, size: [L], layout: channels_last}\nlayers: [class_token: {name: c}]\noutputs: {c: c}",
    ],
)
def test_a_value_may_have_the_name_of_a_weight(spec: str, folder: Path) -> None:
    """ONNX has one name for one value: the ends of the network keep theirs."""
    spec = spec.replace("input.y", "y")
    graph = archspec.compile(f"archspec: 1\nname: named\n{spec}\n")
    export(graph, archspec.build(graph, seed=0), folder, ["onnx"])  # which compares what both compute
    proto = onnx.load(folder / "named.onnx").graph
    assert [value.name for value in proto.input] == list(graph.inputs)
    assert [value.name for value in proto.output] == list(graph.outputs)


def test_says_which_extra_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archspec.export.onnx, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r'needs the extra `onnx`: pip install "archspec-nn\[onnx\]"'):
        export(*network("vector"), folder, ["safetensors", "onnx"])
    assert not folder.parent.exists()


def test_refuses_what_one_file_cannot_hold(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archspec.graph.gaps.ONE_FILE", 100)
    with pytest.raises(
        ExportError, match=r"the weights have .* GiB, more than the 2 GiB of one file, which onnx cannot"
    ):
        export(*network("vector"), folder, [Onnx()])
    assert not folder.parent.exists()


@pytest.mark.parametrize(
    ("size", "pool", "sizes"),
    [
        ("H, W", "size: 6", "H × W to 6 × 6"),
        ("12, W", "size: [6, 1]", "12 × W to 6 × 1"),
        ("L", "size: 3", "L to 3"),
        ("14, 15", "size: 6, type: max", "14 × 15 to 6 × 6"),
        ("7", "size: 3, type: max", "7 to 3"),
        ("6, 6, 6", "size: 3", "6 × 6 × 6 to 3 × 3 × 3"),
    ],
)
def test_a_pool_that_onnx_cannot_say_is_named_with_the_way_out(
    size: str, pool: str, sizes: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pooled.yaml"
    path.write_text(
        f"archspec: 1\nname: pooled\ninput: [8, {size}]\nlayers:\n  - adaptive_pool: {{name: pool, {pool}}}\n"
    )
    graph = archspec.compile(path)
    with pytest.raises(ExportError) as caught:
        export(graph, archspec.build(graph, seed=0), tmp_path / "out", ["onnx"])
    assert f"`pool` ({path}:5:5) pools {sizes}" in str(caught.value)
    assert "export pt2" in str(caught.value)
    assert capfd.readouterr() == ("", "")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("how", ["antialias: true, align_corners: true", "antialias: true", "align_corners: true"])
def test_a_size_that_torch_writes_wrongly_is_named_and_others_are_written(mode: str, how: str, tmp_path: Path) -> None:
    path = tmp_path / "sized.yaml"
    node = f"upsample: {{name: small, size: 3, mode: {mode}, {how}}}"
    path.write_text(f"archspec: 1\nname: sized\ninput: [2, 6, 7]\nlayers:\n  - {node}\n")
    graph = archspec.compile(path)
    wrong = how.count("true") == 2
    with pytest.raises(ExportError) if wrong else nullcontext() as caught:
        export(graph, archspec.build(graph, seed=0), tmp_path / "out", ["onnx"])
    if wrong:
        assert f"`small` ({path}:5:5) has both `antialias` and `align_corners`" in str(caught.value)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("size", "pool"),
    [("H, W", "size: 1"), ("H, W", "size: 1, type: max"), ("14, 15", "size: 6"), ("7", "size: 3"),
     ("12, 6", "size: 3, type: max")],
)  # fmt: skip
def test_other_pools_to_a_given_size_are_written(size: str, pool: str, folder: Path) -> None:
    graph = archspec.compile(f"{{archspec: 1, name: pooled, input: [8, {size}], layers: [adaptive_pool: {{{pool}}}]}}")
    export(graph, archspec.build(graph, seed=0), folder, ["onnx"])


@pytest.mark.parametrize(
    ("layers", "at"),
    [
        ("  - upsample: {scale: 2, mode: area, name: up}", "`up` ({path}:5:5)"),
        ("  - residual:\n    - max_pool: 2\n    - upsample: {scale: 2, mode: area}", "`upsample` ({path}:7:7)"),
        ("  - b: {name: s}\nblocks:\n  b:\n    layers:\n      - norm: batch\n      - upsample: {scale: 2, mode: area}",
         "`s.upsample` ({path}:10:9)"),
    ],
)  # fmt: skip
def test_what_torch_cannot_translate_is_named_with_all_that_it_says(
    layers: str, at: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An op of a plugin, which does not say so beforehand as this one does."""
    monkeypatch.setattr(Upsample, "gaps", lambda *_: ())
    path = tmp_path / "area.yaml"
    path.write_text(f"archspec: 1\nname: area\ninput: [2, 4, 6, 4]\nlayers:\n{layers}\n")
    graph = archspec.compile(path)
    with pytest.raises(ExportError) as caught:
        export(graph, archspec.build(graph, seed=0), tmp_path / "out", ["onnx"])
    first, *said = str(caught.value).splitlines()
    assert f"torch writes no ONNX for {at.format(path=path)}; take another op" in first
    assert first.endswith("or export pt2")
    assert "_adaptive_avg_pool3d" in "\n".join(said[1:])
    assert "\x1b" not in str(caught.value)
    assert "\\x1b" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
    assert not (tmp_path / "out").exists()


BLOCK = "blocks: {b: {layers: [act: relu, conv: {name: k, channels: 4}]}}\nlayers: [b: {name: q}, conv: 2]\n"


@pytest.mark.parametrize(
    ("dtype", "what", "said"),
    [
        ("bfloat16", "ONNX has no operator for `q.k`", "has unsupported type: tensor(bfloat16)"),
        ("float64", "onnxruntime does not run `q.k`", "Could not find an implementation for Conv"),
    ],
)
def test_what_a_library_refuses_is_named_as_the_spec_does(
    dtype: str, what: str, said: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = f"archspec: 1\nname: a\ninput: {{channels: 4, size: [8, 8], dtype: {dtype}}}\n{BLOCK}"
    graph = archspec.compile(text)
    with pytest.raises(ExportError) as raised:
        export(graph, archspec.build(graph, seed=0), folder, ["onnx"])
    first, *report = str(raised.value).splitlines()
    help = "use `dtype: float32`, or export pt2"
    assert first == f"cannot export `a` as onnx: {what} (<text>:4:34) in {dtype}; {help}"
    assert said in "\n".join(report)
    assert capfd.readouterr() == ("", "")
