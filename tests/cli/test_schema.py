from __future__ import annotations

import json
import re

import pytest

from archspec.language.schema.schema import schema_text
from archspec.resources import specs_folder
from tests.cli.conftest import BLOCKS, TINY

pytestmark = pytest.mark.usefixtures("folder")


def test_the_schema_of_every_spec(run):
    result = run("schema")
    assert result.exit_code == 0
    assert result.stdout == schema_text()


def test_the_schema_of_a_spec_knows_its_blocks(folder, run):
    (folder / "own.yaml").write_text(TINY + BLOCKS.replace("archspec: 1\n", ""))
    assert '"twice"' not in run("schema", "tiny.yaml").stdout
    found = run("schema", "own.yaml")
    assert found.exit_code == 0
    assert "twice" in json.dumps(json.loads(found.stdout)["definitions"]["node"]["properties"])


def test_a_spec_with_mistakes_has_a_schema_if_it_can_be_read(folder, run):
    assert run("schema", "broken.yaml").exit_code == 0
    (folder / "broken.yaml").write_text("archspec: [\n")
    result = run("schema", "broken.yaml")
    assert result.exit_code == 1
    assert "broken.yaml:" in result.stderr
    assert "error[A102]" in result.stderr


def test_it_is_written_to_a_file(folder, run):
    file = folder / "new" / "archspec.schema.json"
    for _ in range(2):
        result = run("schema", "-o", file)
        assert (result.exit_code, result.output) == (0, "")
        assert file.read_text(encoding="utf-8") == schema_text()
        assert [*file.parent.iterdir()] == [file]


def test_a_file_that_cannot_be_written_is_a_mistake(run):
    result = run("schema", "-o", "tiny.yaml/schema.json")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: cannot write `tiny.yaml/schema.json`: ")


class TestCheck:
    def test_what_it_accepts(self, run):
        result = run("schema", "--check", "tiny.yaml", "resnet18")
        assert (result.exit_code, result.stdout) == (0, "2 files: all valid\n")

    def test_what_it_rejects(self, run):
        result = run("schema", "--check", ".")
        assert result.exit_code == 1
        assert result.stdout.startswith("broken.yaml:5:25: error[schema]: ")
        assert "there is no key `kernal` here" in result.stdout
        assert "did you mean `kernel`?" in result.stdout
        assert result.stdout.endswith("\n\n1 error in 2 files\n")

    @pytest.mark.parametrize(
        ("wrong", "right"),
        [
            ("channels: x", "`channels` must be an integer of at least 1, found 'x'"),
            ("channels: -8", "`channels` must be an integer of at least 1, found -8"),
            ("channels: [8]", "`channels` must be an integer of at least 1, found [8]"),
            ("channels: 8, bias: 3", "`bias` must be true or false or a string, found 3"),
            ("channels: 8, init: {weight: 3}", "must be"),
            ("channels: 8, kernl: 3, sride: 2", "there are no keys `kernl`, `sride` here"),
        ],
    )
    def test_words_of_the_language(self, folder, run, wrong, right):
        (folder / "odd.yaml").write_text(f"archspec: 1\ninput: [3, 8, 8]\nlayers:\n  - conv: {{{wrong}}}\n")
        result = run("schema", "--check", "odd.yaml")
        assert result.exit_code == 1
        assert result.stdout.startswith("odd.yaml:4:")
        assert right in result.stdout
        assert not re.search(r"is not|valid under|schemas|unexpected|\\", result.stdout)

    def test_a_value_is_pointed_at(self, folder, run):
        (folder / "tiny.yaml").write_text(TINY.replace("kernel: 3", "kernel: [3, 0]"))
        result = run("schema", "--check", "tiny.yaml")
        assert result.exit_code == 1
        assert result.stdout.startswith("tiny.yaml:9:")

    def test_a_text_that_is_no_yaml(self, run):
        result = run("schema", "--check", "-", input="archspec: [\n")
        assert result.exit_code == 1
        assert "<stdin>:" in result.stdout
        assert "error[A102]" in result.stdout

    def test_standard_input(self, run):
        assert run("schema", "--check", "-", input=TINY).exit_code == 0

    @pytest.mark.slow
    def test_the_bundled_specs(self, run):
        result = run("schema", "--check", specs_folder())
        assert result.exit_code == 0, result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--check"], "`--check` needs files or folders, and cannot be combined with `-o`"),
        (
            ["--check", "tiny.yaml", "-o", "x.json"],
            "`--check` needs files or folders, and cannot be combined with `-o`",
        ),
        (["tiny.yaml", "broken.yaml"], "expected one spec, found 2; only `--check` takes several"),
        (["tny"], "there is no file or bundled spec `tny`"),
        (["--check", "nowhere.yaml"], "there is no file `nowhere.yaml`"),
    ],
)
def test_mistakes(arguments, message, run):
    result = run("schema", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
