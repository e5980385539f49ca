from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

import archspec
from archspec.reports.summary.columns import BY_NAME

pytestmark = pytest.mark.usefixtures("folder")


def test_a_table_is_the_plain_one(run):
    result = run("summary", "tiny.yaml")
    assert result.exit_code == 0
    assert result.stdout == f"{archspec.summarize(archspec.compile('tiny.yaml'))}\n"
    assert "basic × 2" in result.stdout
    assert "stride 2, 8 → 16 channels" in result.stdout


def test_a_depth_leaves_out_what_is_inside(run):
    result = run("summary", "tiny.yaml", "--depth", "1")
    names = [line.split()[0] for line in result.stdout.splitlines()[2:-1]]
    assert names == ["conv1", "norm", "act", "layer1", "layer2", "global_pool", "fc"]


@pytest.mark.parametrize("depth", ["0", "-1", "x"])
def test_a_depth_is_a_number(depth, run):
    result = run("summary", "tiny.yaml", "--depth", depth)
    assert result.exit_code == 2
    assert "--depth" in result.stderr


def test_json_has_a_version_rows_and_totals(run):
    found = json.loads(run("summary", "tiny.yaml", "--depth", "2", "--format", "json").stdout)
    graph = archspec.compile("tiny.yaml")
    assert found["version"] == 1
    assert found["name"] == "tiny"
    assert found["params"] == {"classes": 3, "widths": [8, 16]}
    assert found["inputs"] == {"input": [3, 8, 8]}
    assert found["outputs"] == {"output": [3]}
    assert found["totals"]["params"] == graph.parameter_count
    assert found["totals"]["macs"] == graph.macs
    assert found["rows"][0] == {
        "path": "conv1",
        "op": "conv",
        "depth": 0,
        "shape": [8, 8, 8],
        "params": 216,
        "macs": 13824,
        "times": 1,
        "note": "",
    }
    (folded,) = (row for row in found["rows"] if row["times"] == 2)
    assert folded["path"] == "layer1.0 … 1"
    assert sum(row["params"] for row in found["rows"] if row["depth"] == 0) == graph.parameter_count


def test_symbolic_sizes_are_texts_in_json(folder, run):
    text = (folder / "tiny.yaml").read_text().replace("[3, 8, 8]", "[3, H, 8]")
    (folder / "tiny.yaml").write_text(text)
    found = json.loads(run("summary", "tiny.yaml", "--depth", "1", "--format", "json").stdout)
    assert found["inputs"] == {"input": [3, "H", 8]}
    assert isinstance(found["totals"]["macs"], str)
    assert isinstance(found["totals"]["params"], int)


def test_csv_has_a_row_for_each_layer(run):
    rows = [*csv.DictReader(StringIO(run("summary", "tiny.yaml", "--format", "csv").stdout))]
    assert rows[0] == {
        "path": "conv1",
        "op": "conv",
        "depth": "0",
        "shape": "8x8x8",
        "params": "216",
        "macs": "13824",
        "times": "1",
        "note": "",
    }
    assert rows[-1]["path"] == "fc"


def test_markdown_is_a_pipe_table(run):
    lines = run("summary", "tiny.yaml", "--depth", "1", "--format", "md").stdout.splitlines()
    assert lines[:3] == [
        "| layer | op | output | params | MACs |",
        "| --- | --- | --- | ---: | ---: |",
        "| `conv1` | conv | 8 × 8 × 8 | 216 | 13,824 |",
    ]
    assert lines[-2] == ""
    assert lines[-1].startswith("**tiny**: ")
    assert lines[-1].endswith("3 × 8 × 8 → 3")


def test_a_bundled_name_will_do(run):
    assert "11689512" in run("summary", "resnet18", "--format", "json").stdout


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("resnet81", "there is no file or bundled spec `resnet81`; did you mean `resnet18`?"),
    ],
)
def test_what_does_not_exist_is_a_mistake(spec, message, run):
    result = run("summary", spec)
    assert result.exit_code == 2
    assert result.stderr == f"Error: {message}\n"


NAMES = ("layer", "op", "input", "output", "kernel", "arguments", "params", "MACs", "activations", "depth", "size")


def test_all_forms_show_the_chosen_columns_in_their_order(run):
    for chosen in (NAMES, NAMES[::-1], ("kernel", "LAYER", "Macs"), ("times", "note", "level", "path", "shape")):
        option = f"--columns={','.join(chosen)}"
        found = json.loads(run("summary", "tiny.yaml", option, "--format", "json").stdout)["rows"]
        (header, *rows) = csv.reader(StringIO(run("summary", "tiny.yaml", option, "--format", "csv").stdout))
        lines = run("summary", "tiny.yaml", option, "--format", "md").stdout.splitlines()
        shown = run("summary", "tiny.yaml", option).stdout.splitlines()
        assert [*found[0]] == header == [name.lower() for name in chosen]
        assert len(found) == len(rows) == len(lines) - 4 == len(shown) - 3
        names = [name.strip() for name in lines[0].strip("|").split("|")]
        assert shown[1].split() == names
        assert names == [BY_NAME[key].header for key in header]


def test_what_a_budget_limits_is_what_the_totals_say(run):
    graph = archspec.compile("tiny.yaml")
    found = json.loads(run("summary", "tiny.yaml", "--columns", "size,activations,depth", "--format", "json").stdout)
    weights = (8 * 3 * 9 + 8 * 4) * 4
    assert found["rows"][0] == {"size": 8 * 3 * 9 * 4, "activations": 8 * 8 * 8 * 4, "depth": 1}
    assert sum(row["size"] for row in found["rows"][:2]) == weights + 8
    assert found["totals"]["activations"] == graph.activations
    assert found["totals"]["depth"] == graph.depth == found["rows"][-1]["depth"]
    assert found["totals"]["size"] == sum(
        weight.numel * (8 if weight.dtype == "int64" else 4) for _, weight in graph.weights()
    )
    last = run("summary", "tiny.yaml", "--columns", "activations,depth,size").stdout.splitlines()[-1]
    assert f"of activations, depth {graph.depth}, " in last


def test_arguments_and_kernels_are_those_of_the_spec(run):
    found = json.loads(run("summary", "tiny.yaml", "--columns", "path,kernel,arguments", "--format", "json").stdout)
    rows = {row["path"]: row for row in found["rows"]}
    assert rows["conv1"]["kernel"] == [3, 3]
    assert rows["conv1"]["arguments"] == {"channels": 8, "kernel": 3, "bias": False}
    assert rows["layer2.0"]["arguments"]["stride"] == 2
    assert rows["fc"] == {"path": "fc", "kernel": [], "arguments": {"features": 3}}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("layer,kernal", "there is no column `kernal`; did you mean `kernel`?"),
        ("", "there is no column ``; the columns are `layer`, `op`, `input`"),
        ("layer,,op", "there is no column ``"),
        ("\x1b[31m", "there is no column `\\x1b[31m`"),
    ],
)
def test_an_unknown_column_is_a_mistake(columns, message, run):
    result = run("summary", "tiny.yaml", "--columns", columns)
    assert result.exit_code == 2
    assert message in result.stderr
