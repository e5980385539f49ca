"""Two ops from outside, in every part of archspec, and a network that is made of one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from jsonschema import Draft7Validator
from torch.utils.flop_counter import FlopCounterMode

import archspec
from archspec.export.source import source
from archspec.ops import OPS
from tests.export.source.written import check_bits
from tests.goldens import check_parity
from tests.plugins.interpreter import python
from tests.sentences.case import Case, cases, full

HERE = Path(__file__).parent
NETWORK = HERE / "convnextv2_atto.yaml"
GOLDEN = Path(check_parity.__file__).parent / "timm-convnextv2_atto.json"
SMALL = """input: [8, 6, 6]
layers: [rearrange: n c h w -> n h w c, neighborhood_attention: {heads: 2, kernel: 5}, global_response_norm]"""


class TestNetwork:
    def test_equals_its_golden(self) -> None:
        golden = json.loads(GOLDEN.read_text())
        assert archspec.validate(NETWORK) == []
        graph = archspec.compile(NETWORK)
        network = archspec.build(graph, seed=0)
        assert graph.parameter_count == sum(p.numel() for p in network.parameters()) == golden["num_params"]
        assert graph.macs == golden["macs"]
        report = check_parity.check(network, golden)
        assert report["ok"], report
        assert report["same_order"]
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network(torch.zeros(1, 3, 224, 224))
        flops = counter.get_flop_counts()["Global"]
        assert {str(op): count // 2 for op, count in flops.items()} == golden["macs_by_op"]

    @torch.no_grad()
    def test_takes_other_sizes_and_classes(self) -> None:
        for size in (64, (96, 160)):
            graph = archspec.compile(NETWORK, {"classes": 7, "width": 32}, input_size=size)
            (x,) = (value.type for value in graph.inputs.values())
            assert archspec.build(graph, seed=0).eval()(torch.randn(3, *x.shape)).shape == (3, 7)

    def test_takes_symbolic_sizes(self) -> None:
        graph = archspec.compile(NETWORK.read_text().replace("[3, 224, 224]", "[3, H, W]"))
        assert graph.constraints == {}

    def test_is_written_as_python_that_imports_its_modules(self) -> None:
        graph = archspec.compile(full(SMALL))
        text = source(graph)[1]
        for op in ("GlobalResponseNorm", "NeighborhoodAttention"):
            assert f"from tests.plugins.modules import {op}" in text
        assert "It imports tests.plugins.modules, the modules of a plugin." in text
        check_bits(graph)


class TestValidation:
    @cases(
        Case("an argument it has not", "- global_response_norm: {epsilon: 0.1}  #! A201"),
        Case("an argument out of range", "- global_response_norm: {eps: -1}  #! A203: at least 0"),
        Case("an argument of another type", "- global_response_norm:\n    eps: small  #! A203"),
        Case("a bare value that it does not take", "- global_response_norm: 3  #! A201: does not take a bare value"),
        Case("a missing argument", "- rearrange: n c h w -> n h w c\n- neighborhood_attention  #! A202"),
        Case(
            "heads that do not divide the channels",
            """
            - rearrange: n c h w -> n h w c
            - neighborhood_attention:
                kernel: 3
                heads: 3  #! A404: 3 heads do not divide the 4 channels of `neighborhood_attention`
            """,
        ),
        Case(
            "a kernel that is larger than the map",
            """
            - rearrange: n c h w -> n h w c
            - neighborhood_attention: {heads: 2, kernel: 9}  #! A406: `kernel` 9 is larger than the 8 × 8 × 4
            """,
        ),
        Case(
            "a kernel with a side too many",
            "- rearrange: n c h w -> n h w c\n- neighborhood_attention: {heads: 2, kernel: [4, 4, 4]}  #! A405",
        ),
        Case("channels first", "- neighborhood_attention: 2  #! A402: needs two dimensions with channels last"),
        Case("a vector", "- global_pool\n- global_response_norm  #! A402: needs channels with a size"),
        Case("an initializer of no weight", "- global_response_norm: {init: {gamma: zeros}}  #! A204: `gamma`"),
        Case("a mistyped name", "- global_respons_norm  #! A301: unknown op or block `global_respons_norm`"),
    )
    def test_names_the_line(self, case: Case, tmp_path: Path) -> None:
        case.check(tmp_path)

    @cases(
        Case(
            "arguments, defaults and initializers",
            """
            defaults: {neighborhood_attention: {kernel: 3}}
            init: {global_response_norm: {weight: ones}}
            layers:
              - rearrange: n c h w -> n h w c
              - neighborhood_attention: {heads: $(in_channels // 2), kernel: "$([3, index + 5])"}
              - global_response_norm: {name: grn, eps: 1e-3}
            #= 8 × 8 × 4
            #w neighborhood_attention.rpb 2 5 9, grn.weight 4
            """,
        ),
    )
    def test_takes(self, case: Case, tmp_path: Path) -> None:
        case.check(tmp_path)

    def test_a_mistyped_name_is_corrected(self) -> None:
        (found,) = archspec.validate(full("- global_respons_norm"))
        assert found.help == "did you mean `global_response_norm`?"

    def test_needs_no_torch(self, tmp_path: Path) -> None:
        code = f"""if True:
            import sys, archspec
            archspec.load_plugin("tests.plugins.grn")
            archspec.load_plugin("tests.plugins.nat")
            for spec in ({NETWORK.as_posix()!r}, {full(SMALL)!r}):
                archspec.summarize(archspec.compile(spec))
            assert "torch" not in sys.modules
        """
        run = python("-c", code, cwd=tmp_path)
        assert run.returncode == 0, run.stderr


class TestSummary:
    def test_has_rows_for_plugin_ops(self) -> None:
        summary = archspec.summarize(archspec.compile(full(SMALL)))
        rows = {row.path: (row.op, row.shape, row.params, row.macs) for row in summary.rows}
        table = 9 * 9 * 2
        assert rows["neighborhood_attention"] == (
            "neighborhood_attention", (6, 6, 8), table + 4 * 8 * 8 + 4 * 8, 36 * (4 * 8 * 8 + 2 * 25 * 8),
        )  # fmt: skip
        assert rows["global_response_norm"] == ("global_response_norm", (6, 6, 8), 16, 0)


class TestSchema:
    def test_documents_plugin_ops(self) -> None:
        from archspec.language.schema.schema import json_schema

        node = json_schema()["definitions"]["node_neighborhood_attention"]
        assert "Hassani et al. 2022" in node["description"]
        for name, field in OPS["neighborhood_attention"].model_fields.items():
            assert node["properties"][name]["markdownDescription"] == field.description
        assert "qkv.weight" in json.dumps(node["properties"]["init"])

    @pytest.mark.parametrize(
        ("nodes", "valid"),
        [
            (["global_response_norm", {"global_response_norm": {"eps": 0.1, "name": "grn"}}], True),
            ([{"neighborhood_attention": 2}], True),
            ([{"neighborhood_attention": {"heads": "$(2 * h)", "kernel": [4, 4]}}], True),
            ([{"global_response_norm": {"epsilon": 0.1}}], False),
            ([{"neighborhood_attention": {"heads": 0}}], False),
        ],
    )
    def test_accepts_what_the_op_accepts(self, nodes: list[object], valid: bool) -> None:
        from archspec.language.schema.schema import json_schema

        checker = Draft7Validator(json_schema())
        assert checker.is_valid({"archspec": 1, "input": [4, 8, 8], "layers": nodes}) == valid

    def test_the_bundled_schema_knows_no_plugins(self) -> None:
        from archspec.language.schema.schema import schema_text

        assert "global_response_norm" not in schema_text()


class TestExport:
    def test_writes_artifacts_that_compute_the_same(self, tmp_path: Path) -> None:
        from archspec.export import export

        graph = archspec.compile("archspec: 1\nname: small\n" + SMALL)
        # each artifact is loaded again and compared, or this raises
        export(graph, archspec.build(graph, seed=0), tmp_path, ["pt2", "safetensors"])
        from safetensors.torch import load_file

        program = torch.export.load(tmp_path / "small.pt2")
        keys = [key for key, _ in graph.weights()]
        assert sorted(load_file(tmp_path / "small.safetensors")) == sorted(keys)
        assert set(program.state_dict) == set(keys)
        assert program.module()(torch.randn(3, 8, 6, 6)).shape == (3, 6, 6, 8)


class TestCommandLine:
    @pytest.fixture
    def spec(self, tmp_path: Path) -> Path:
        path = tmp_path / "small.yaml"
        path.write_text(full(SMALL.replace("layers: [", "layers:\n  [\n    ").replace(", global", ",\n    global")))
        return path

    def test_without_the_plugin_its_ops_are_unknown(self, spec: Path) -> None:
        run = python("-m", "archspec", "validate", "--format", "concise", spec.name, cwd=spec.parent)
        assert run.returncode == 1, run.stderr
        lines = spec.read_text().splitlines()
        for op in ("neighborhood_attention", "global_response_norm"):
            (line,) = (number for number, text in enumerate(lines, 1) if op in text)
            assert f"small.yaml:{line}:" in run.stdout
            assert f"error[A301]: unknown op or block `{op}`" in run.stdout

    def test_with_the_plugin_they_are_known(self, spec: Path) -> None:
        plugins = ["--plugin", "tests.plugins.grn", "--plugin", "tests.plugins.nat"]
        run = python("-m", "archspec", "validate", *plugins, spec.name, cwd=spec.parent)
        assert run.returncode == 0, run.stdout + run.stderr
        run = python("-m", "archspec", "summary", *plugins, spec.name, cwd=spec.parent)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "neighborhood_attention" in run.stdout

    def test_a_plugin_that_is_not_there_is_a_mistake_of_usage(self, spec: Path) -> None:
        run = python("-m", "archspec", "validate", "--plugin", "plugin.of.nobody", spec.name, cwd=spec.parent)
        assert run.returncode == 2
        assert "the plugin `plugin.of.nobody` cannot be imported" in run.stderr
        assert "Traceback" not in run.stderr
