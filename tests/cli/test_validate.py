from __future__ import annotations

import json

import pytest

from archspec.resources import specs_folder
from tests.cli.conftest import BLOCKS, BROKEN, TINY

SHADOW = TINY.replace("head:\n", "head:\n  - mlp: 8\n") + BLOCKS.replace("archspec: 1\n", "").replace("twice", "mlp")


@pytest.mark.usefixtures("folder")
class TestExitCodes:
    def test_a_sound_file(self, run):
        result = run("validate", "tiny.yaml")
        assert (result.exit_code, result.stdout, result.stderr) == (0, "1 file: valid\n", "")

    def test_a_broken_file(self, run):
        result = run("validate", "broken.yaml")
        assert result.exit_code == 1
        assert result.stdout.startswith(
            "broken.yaml:5:25: error[A201]: `conv` has no argument `kernal`\n"
            "  |\n"
            "5 |   - conv: {channels: 4, kernal: 3}\n"
            "  |                         ^^^^^^\n"
            "  = help: did you mean `kernel`?\n"
            "\n"
            "broken.yaml:6:12: error[A252]: unknown name `widht`\n"
        )
        assert result.stdout.endswith("\n\n2 errors in 1 file, 1 fixable with `--fix`\n")
        assert result.stderr == ""

    def test_a_warning_alone(self, folder, run):
        (folder / "shadow.yaml").write_text(SHADOW)
        result = run("validate", "shadow.yaml", "tiny.yaml")
        assert result.exit_code == 0
        assert "shadow.yaml:20:3: warning[A306]: the block `mlp` shadows the bundled one\n" in result.stdout
        assert result.stdout.endswith("\n1 warning in 2 files\n")

    def test_nothing_to_check(self, run):
        for path in ("nowhere.yaml", "nowhere"):
            result = run("validate", "tiny.yaml", path)
            assert result.exit_code == 2
            assert result.stdout == ""
        assert run("validate").exit_code == 2

    def test_a_budget_that_is_exceeded(self, folder, run):
        (folder / "tiny.yaml").write_text(TINY + "budget: {params: 10, depth: 99}\n")
        result = run("validate", "tiny.yaml")
        assert result.exit_code == 1
        assert "tiny.yaml:18:18: error[A601]" in result.stdout
        assert result.stdout.endswith("\n1 error in 1 file\n")

    def test_a_file_that_is_no_yaml(self, folder, run):
        (folder / "tiny.yaml").write_text("archspec: 1\nlayers: [\n")
        result = run("validate", "tiny.yaml")
        assert result.exit_code == 1
        assert "error[A102]" in result.stdout


@pytest.mark.usefixtures("folder")
class TestTargets:
    def test_a_folder(self, run):
        result = run("validate", ".")
        assert result.exit_code == 1
        assert result.stdout.endswith("\n2 errors in 2 files, 1 fixable with `--fix`\n")

    def test_bundled_names(self, run):
        assert run("validate", "resnet18", "tabular_resnet").stdout == "2 files: all valid\n"

    @pytest.mark.parametrize(("text", "code"), [(TINY, 0), (BROKEN, 1), ("", 1), (BLOCKS, 0)])
    def test_standard_input(self, text, code, run):
        result = run("validate", "-", input=text)
        assert result.exit_code == code
        assert ("<stdin>:" in result.stdout) == bool(code)

    def test_standard_input_is_bytes(self, run):
        result = run("validate", "-", input="archspec: 1\n".encode("utf-16"))
        assert result.exit_code == 1
        assert "error[A101]" in result.stdout

    @pytest.mark.slow
    def test_all_bundled_specs(self, run):
        result = run("validate", specs_folder())
        assert result.exit_code == 0, result.stdout
        assert " error" not in result.stdout.splitlines()[-1]


class TestBlocks:
    @pytest.fixture
    def included(self, folder):
        for file in folder.iterdir():
            file.unlink()
        (folder / "blocks.yaml").write_text(BLOCKS)
        for name in ("one", "two"):
            text = "archspec: 1\ninclude: [blocks.yaml]\ninput: [3, 8, 8]\nlayers: [{twice: 8}]\n"
            (folder / f"{name}.yaml").write_text(text)
        return folder / "blocks.yaml"

    def test_a_file_of_blocks_is_sound_without_a_network(self, included, run):
        assert run("validate", ".").stdout == "3 files: all valid\n"
        assert run("validate", "blocks.yaml").stdout == "1 file: valid\n"

    def test_its_blocks_are_checked(self, included, run):
        included.write_text(BLOCKS + "      - conv: $chanels\n")
        result = run("validate", "blocks.yaml")
        assert result.exit_code == 1
        assert "blocks.yaml:8:16: error[A252]: unknown name `chanels`\n" in result.stdout
        assert result.stdout.endswith("\n1 error in 1 file, 1 fixable with `--fix`\n")

    def test_a_mistake_in_what_several_files_include_is_one(self, included, run):
        included.write_text(BLOCKS + "      - conv: $chanels\n")
        assert run("validate", ".").stdout.endswith("\n1 error in 3 files, 1 fixable with `--fix`\n")

    def test_it_has_no_other_keys(self, included, run):
        included.write_text(BLOCKS + "act: relu\n")
        result = run("validate", "blocks.yaml")
        assert "blocks.yaml:8:1: error[A201]: an included file cannot have `act`\n" in result.stdout
        assert result.stdout.endswith("\n1 error in 1 file\n")

    def test_it_is_of_this_language(self, included, run):
        included.write_text(BLOCKS.replace("archspec: 1\n", ""))
        result = run("validate", "blocks.yaml")
        assert "blocks.yaml:1:1: error[A202]: the file needs `archspec`\n" in result.stdout
        assert result.stdout.endswith("\n1 error in 1 file\n")

    def test_without_blocks_it_is_a_spec_without_a_network(self, included, run):
        included.write_text("archspec: 1\nact: relu\n")
        assert "the file needs `input`" in run("validate", "blocks.yaml").stdout


@pytest.mark.usefixtures("folder")
class TestFormats:
    def test_concise_has_a_line_for_each_finding(self, run):
        result = run("validate", "--format", "concise", ".")
        assert result.exit_code == 1
        assert result.stdout == (
            "broken.yaml:5:25: error[A201]: `conv` has no argument `kernal`\n"
            "broken.yaml:6:12: error[A252]: unknown name `widht`\n"
            "2 errors in 2 files, 1 fixable with `--fix`\n"
        )
        assert run("validate", "--format", "concise", "tiny.yaml").stdout == "1 file: valid\n"

    def test_json_is_json(self, run):
        result = run("validate", "--format", "json", ".")
        assert result.exit_code == 1
        assert isinstance(json.loads(result.stdout), dict)

    def test_colour_where_it_is_asked_for(self, run, monkeypatch):
        assert "\x1b" not in run("validate", "broken.yaml").stdout
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert "\x1b[1;31merror[A201]\x1b[0m" in run("validate", "broken.yaml").stdout
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b" not in run("validate", "broken.yaml").stdout

    def test_github_actions_get_annotations(self, run, monkeypatch):
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        assert run("validate", "broken.yaml").stdout.startswith("::error ")
        assert run("validate", "broken.yaml", "--format", "text").stdout.startswith("broken.yaml:5:25: error")

    def test_another_is_a_mistake(self, run):
        result = run("validate", "--format", "xml", "tiny.yaml")
        assert result.exit_code == 2
        assert "'xml' is not one of 'text', 'concise'" in result.stderr


class TestWarnings:
    @pytest.fixture(autouse=True)
    def _shadowing(self, folder):
        (folder / "shadow.yaml").write_text(SHADOW)

    def test_they_are_no_failure(self, run):
        result = run("validate", "shadow.yaml")
        assert result.exit_code == 0
        assert "warning[A306]" in result.stdout

    def test_unless_they_are_to_be(self, run):
        assert run("validate", "shadow.yaml", "--strict").exit_code == 1
        assert run("validate", "shadow.yaml", "--strict", "--ignore", "A3").exit_code == 0
        assert run("validate", "tiny.yaml", "--strict").exit_code == 0

    @pytest.mark.parametrize(
        ("option", "codes", "told"),
        [
            ("--ignore", "A3", False),
            ("--ignore", "a306", False),
            ("--ignore", "A6", True),
            ("--ignore", "A6, A3", False),
            ("--select", "A3", True),
            ("--select", "A7", False),
            ("--select", "A7,A306", True),
        ],
    )
    def test_they_are_chosen_by_code(self, option, codes, told, run):
        result = run("validate", "shadow.yaml", option, codes)
        assert result.exit_code == 0
        assert ("warning[A306]" in result.stdout) == told

    def test_errors_are_told_whatever_is_chosen(self, run):
        for option in ("--select=A7", "--ignore=A2"):
            result = run("validate", "broken.yaml", option)
            assert result.exit_code == 1
            assert result.stdout.endswith("\n2 errors in 1 file, 1 fixable with `--fix`\n")

    @pytest.mark.parametrize("option", ["--select", "--ignore"])
    def test_a_code_that_does_not_exist_is_a_mistake(self, option, run):
        result = run("validate", "shadow.yaml", option, "A7,B1")
        assert result.exit_code == 2
        assert "no code starts with `B1`" in result.stderr


@pytest.mark.usefixtures("folder")
class TestValues:
    def test_parameters(self, run):
        result = run("validate", "tiny.yaml", "-p", "classes=0")
        assert result.exit_code == 1
        assert "error[A203]" in result.stdout
        assert run("validate", "tiny.yaml", "-p", "clases=1").exit_code == 2

    def test_the_batch_size(self, run):
        assert run("validate", "tiny.yaml", "--batch-size", "256").stdout == "1 file: valid\n"
        assert "1 warning" in run("validate", "tiny.yaml", "--batch-size", "2").stdout
        assert run("validate", "tiny.yaml", "--batch-size", "0").exit_code == 2
