from __future__ import annotations

import json

import pytest

import archspec

pytestmark = pytest.mark.usefixtures("folder")


def test_a_table_is_the_plain_one(run):
    result = run("summary", "tiny.yaml", "--memory", "--batch-size", "4", "--dtype", "bf16", "--optimizer", "sgd")
    assert result.exit_code == 0
    assert result.stdout == f"{archspec.memory('tiny.yaml', 4, 'bf16', 'sgd')}\n"


@pytest.mark.parametrize(("form", "begins"), [("json", "{"), ("csv", "memory,inference"), ("md", "| memory |")])
def test_forms(form, begins, run):
    result = run("summary", "tiny.yaml", "--memory", "--format", form)
    assert result.exit_code == 0
    assert result.stdout.startswith(begins)


def test_json_has_bytes(run):
    found = json.loads(run("summary", "tiny.yaml", "--memory", "--batch-size", "3", "--format", "json").stdout)
    assert found["training"]["blocks"]["peak"] == archspec.memory("tiny.yaml", 3).training["blocks"].peak


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--batch-size", "4"], "--batch-size needs --memory"),
        (["--optimizer", "sgd"], "--optimizer needs --memory"),
        (["--memory", "--depth", "1"], "--depth does not go with --memory"),
        (["--memory", "--columns", "params"], "--columns does not go with --memory"),
        (["--memory", "--dtype", "int3"], "`dtype` must be one of float32"),
        (["--memory", "--optimizer", "x"], "`optimizer` must be one of adamw"),
        (["--memory", "--batch-size", "0"], "--batch-size"),
    ],
)
def test_what_does_not_go_together(options, message, run):
    result = run("summary", "tiny.yaml", *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_open_sizes(run, folder):
    (folder / "open.yaml").write_text("archspec: 1\nname: x\ninput: [3, H, W]\nlayers: [conv: 4]\n")
    assert "--input-size" in run("summary", "open.yaml", "--memory").stderr
    assert run("summary", "open.yaml", "--memory", "--input-size", "8").exit_code == 0
