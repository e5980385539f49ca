"""The set-ups for CI: every command in them runs, here as there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from archspec.cli.validate import command as validate
from archspec.diagnostics.formats import FORMATS, Style
from tests.cli.conftest import BROKEN, TINY
from tests.diagnostics.formats.samples import ALL

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def setups() -> list[dict[Any, Any]]:
    """The YAML files on the page that are no specs."""
    found = [yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]
    return [setup for setup in found if "archspec" not in setup or isinstance(setup["archspec"], dict)]


def commands(setup: Any) -> Iterator[str]:
    """All commands of a set-up that call archspec."""
    if isinstance(setup, dict):
        if "entry" in setup:
            yield " ".join([setup["entry"], *setup["args"]])
        for value in setup.values():
            yield from commands(value)
    elif isinstance(setup, list):
        for item in setup:
            yield from commands(item)
    elif isinstance(setup, str) and setup.startswith("archspec ") and "$" not in setup:
        yield setup


COMMANDS = sorted({command for setup in setups() for command in commands(setup) if " specs" in command})
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a folder of sound specs and a program `archspec`, which runs without torch."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "tiny.yaml").write_text(TINY, encoding="utf-8")
    (tmp_path / "docker-compose.yaml").write_text("services: {}\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "torch.py").write_text("raise ImportError('there is no torch here')\n")
    program = tmp_path / "bin" / "archspec"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}/bin:{ROOT}" exec "{sys.executable}" -m archspec "$@"\n')
    program.chmod(0o755)
    return tmp_path


def bash(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB", "FORCE_COLOR"))}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command],
        cwd=folder,
        env={**plain, "PATH": path, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) == 5
    assert {form for form in FORMATS if f"--format {form}" in PAGE} == {"concise", "sarif", "gitlab", "junit", "json"}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_passes_and_fails_as_it_should(command: str, folder: Path) -> None:
    sound = bash(command, folder, GITHUB_ACTIONS="true")
    assert sound.returncode == 0, sound.stderr
    (folder / "specs" / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    broken = bash(command, folder, GITHUB_ACTIONS="true")
    assert broken.returncode == 1
    _, _, report = command.partition(" > ")
    if not report:
        assert broken.stdout.startswith("::error file=specs/broken.yaml,line=5,")
        shutil.rmtree(folder / "specs")
        assert bash(command, folder).returncode == 2
    elif report.endswith(".xml"):
        assert ElementTree.parse(folder / report).getroot().get("failures") == "1"
    else:
        json.loads((folder / report).read_text())


def test_reports_are_where_the_set_ups_look_for_them() -> None:
    for setup in setups():
        for command in commands(setup):
            _, _, report = command.partition(" > ")
            assert json.dumps(setup).count(report) >= 2 or not report


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_checks_all_specs(hook: dict[str, Any], folder: Path) -> None:
    """The keys are those of https://pre-commit.com/#creating-new-hooks."""
    assert set(hook) == {"id", "name", "description", "entry", "args", "language", "types", "pass_filenames"}
    assert (hook["language"], hook["types"], hook["pass_filenames"]) == ("python", ["yaml"], False)
    command = " ".join([hook["entry"], *hook["args"]])
    assert bash(command, folder).returncode == 0
    (folder / "specs" / "broken.yaml").write_text(BROKEN.replace("$widht", "8"), encoding="utf-8")
    done = bash(command, folder)
    assert done.returncode == (0 if "--fix" in command else 1)
    assert (folder / "docker-compose.yaml").read_text() == "services: {}\n"


def test_the_hook_of_the_page_is_that_of_the_repository() -> None:
    (shown,) = (hook for setup in setups() if "repos" in setup for repo in setup["repos"] for hook in repo["hooks"])
    known = {**HOOKS[0], "args": ["specs"], "additional_dependencies": ["archspec-nn"]}
    del known["description"]
    assert shown == known


def test_the_matcher_of_the_page_on_editors_is_the_same() -> None:
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    *_, settings, task = (
        json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    )
    assert list(settings["yaml.schemas"].values()) == ["specs/**/*.yaml"]
    (matcher,) = json.loads((ROOT / ".github" / "archspec-matcher.json").read_text())["problemMatcher"]
    assert [task["tasks"][0]["problemMatcher"]["pattern"]] == matcher["pattern"]


def test_the_matcher_finds_every_finding_that_has_a_place() -> None:
    matcher = json.loads((ROOT / ".github" / "archspec-matcher.json").read_text())["problemMatcher"]
    assert [found["owner"] for found in matcher] == ["archspec"]
    (pattern,) = matcher[0]["pattern"]
    placed = [d for d in ALL.diagnostics if d.span is not None]
    lines = FORMATS["concise"](ALL, Style()).splitlines()
    found = [match for line in lines if (match := re.search(pattern["regexp"], line))]
    assert len(found) == len(placed)
    for match, diagnostic in zip(found, placed, strict=True):
        assert diagnostic.span is not None
        assert match[pattern["line"]] == str(diagnostic.span.line)
        assert match[pattern["column"]] == str(diagnostic.span.column)
        assert match[pattern["severity"]] == diagnostic.severity
        assert match[pattern["code"]] == diagnostic.code
        assert diagnostic.span.source.name.startswith(match[pattern["file"]].split("\\")[0])
        assert match[pattern["message"]]


class TestAction:
    """The keys are those of
    https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax."""

    def test_its_form(self) -> None:
        assert set(ACTION) == {"name", "description", "inputs", "outputs", "runs"}
        assert ACTION["runs"]["using"] == "composite"
        for step in ACTION["runs"]["steps"]:
            assert set(step) <= {"name", "id", "shell", "env", "run"}
            assert step["shell"] == "bash"
            assert "${{" not in step["run"], "what a pull request says is no program"
        used = re.findall(r"\$\{\{ inputs\.(\w+) \}\}", json.dumps(ACTION))
        assert sorted(used) == sorted(ACTION["inputs"])
        for name, given in ACTION["inputs"].items():
            assert set(given) == {"description", "default"}, name

    def check(self, folder: Path, paths: str, arguments: str = "") -> subprocess.CompletedProcess[str]:
        (folder / "archspec").mkdir(exist_ok=True)
        if not (folder / "archspec" / "bin").exists():
            (folder / "archspec" / "bin").symlink_to(folder / "bin")
        return bash(
            ACTION["runs"]["steps"][1]["run"],
            folder,
            RUNNER_TEMP=str(folder),
            GITHUB_OUTPUT=str(folder / "output"),
            ARCHSPEC_PATHS=paths,
            ARCHSPEC_ARGUMENTS=arguments,
        )

    def test_its_check(self, folder: Path) -> None:
        assert self.check(folder, "specs resnet18").stdout == "2 files: all valid\n"
        (folder / "specs" / "broken.yaml").write_text(BROKEN, encoding="utf-8")
        done = self.check(folder, ".", "--strict --ignore A708")
        assert done.returncode == 1
        assert done.stdout.startswith("::error file=specs/broken.yaml,line=5,col=25,")
        report = (folder / "output").read_text().splitlines()[-1].removeprefix("report=")
        assert len(json.loads(Path(report).read_text())["findings"]) == 2
        assert self.check(folder, "nowhere").returncode == 2

    def test_its_paths_are_no_programs(self, folder: Path) -> None:
        self.check(folder, "$(touch touched) ; touch touched", "`touch touched`")
        assert not (folder / "touched").exists()

    def test_its_arguments_are_those_of_validate(self) -> None:
        options = {option for parameter in validate.params for option in parameter.opts}
        shown = re.findall(r"--\w+", ACTION["inputs"]["arguments"]["description"])
        assert set(shown) <= options
