"""README and docs are run: every command gives what stands below it, every picture is what a command before it wrote,
every spec is valid, the Python works."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from pydantic.fields import FieldInfo
from safetensors.torch import save_file

import archspec
from archspec.cli.app import COMMANDS
from archspec.editor import Range, Workspace
from archspec.editor.hints import hints
from archspec.editor.lenses import lenses
from archspec.language import bundled_blocks
from archspec.language.library import bundled_block
from archspec.language.phrases import choices, keys, property_of
from archspec.ops import OPS
from archspec.ops.written import literal

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").glob("*.md") if page.name != "rules.md")]
"""What a person wrote; the catalogue's own tests run the examples of the rules."""
RECIPES = ROOT / "docs" / "recipes.md"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"\d+\.\d+ s\b")
_ROUNDING = re.compile(r"(?<=largest difference )\d\S*e-\d+")
_BYTES = re.compile(r"\b\d+ B\b")
_NOT_RUN = ("pip install", "make ", "python -m http.server")
_IDENTITY = {f"GIT_{who}_{what}": "docs" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def blocks(page: Path, kind: str) -> list[str]:
    return [text for found, text in _BLOCK.findall(page.read_text(encoding="utf-8")) if found == kind]


def pages(kind: str) -> list[Path]:
    """The pages that have blocks of a kind."""
    return [page for page in PAGES if blocks(page, kind)]


def run(command: str, folder: Path) -> str:
    """What a command prints, as a user without a terminal sees it; times differ from run to run, rounding from one
    processor to another, and the size of a manifest with the versions that it names."""
    words = shlex.split(command)
    assert words[0] == "archspec"
    done = subprocess.run(
        [sys.executable, "-m", "archspec", *words[1:]], cwd=folder, capture_output=True, text=True, timeout=300
    )
    text = (done.stdout + done.stderr).rstrip("\n")
    for varying, shown in ((_SECONDS, "… s"), (_ROUNDING, "…"), (_BYTES, "… B")):
        text = varying.sub(shown, text)
    return text


def write(text: str, folder: Path) -> None:
    """Write a spec under its name. What it had been before is committed: `git:HEAD:` is the page's former spec."""
    name = re.search(r"^name: (\w+)$", text, re.MULTILINE)
    if name is None:
        return
    path = folder / f"{name[1]}.yaml"
    if path.exists():
        for arguments in (("init", "-q"), ("add", path.name), ("commit", "-q", "-m", "before")):
            subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **_IDENTITY}, check=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("page", pages("console"), ids=lambda page: page.name)
def test_every_command_gives_what_stands_below_it(
    page: Path, tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    def rerun(match: re.Match[str]) -> str:
        if match[1] == "yaml":
            write(match[2], tmp_path)
        if match[1] == "toml":
            (tmp_path / "archspec.toml").write_text(match[2], encoding="utf-8")
            (tmp_path / "specs").mkdir()
        if match[1] == "python" and (file := re.match(r"# (\w+\.py)\n", match[2])):
            (tmp_path / file[1]).write_text(match[2], encoding="utf-8")
        if match[1] == "mermaid":
            (picture,) = tmp_path.glob("*.mmd")
            return f"```mermaid\n{picture.read_text(encoding='utf-8')}```"
        if match[1] != "console":
            return match[0]
        lines: list[str] = []
        for line in match[2].splitlines():
            if line.startswith("$ "):
                lines.append(line)
                command = line.removeprefix("$ ")
                if not command.startswith(_NOT_RUN):
                    output = run(command, tmp_path)
                    lines += output.splitlines() if output else []
        return "```console\n" + "\n".join(lines) + "\n```"

    golden(page, _BLOCK.sub(rerun, page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", pages("yaml"), ids=lambda page: page.name)
def test_every_spec_is_valid_or_says_why_not(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for text in blocks(page, "yaml"):
        write(text, tmp_path)
        if text.startswith("archspec: 1\n"):
            findings = archspec.validate(text)
            assert bool(findings) == ("name: oops" in text), "\n".join(map(str, findings))


@pytest.mark.parametrize("page", [page for page in pages("python") if page != RECIPES], ids=lambda page: page.name)
def test_the_python_works(page: Path, tmp_path: Path) -> None:
    """In a process of its own: what a page registers is not there for other tests."""
    for text in blocks(page, "yaml"):
        write(text, tmp_path)
    code = "\n".join(blocks(page, "python"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


_SECTIONS = re.split(r"^## ", RECIPES.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
CODES = {
    text.partition("\n")[0]: "\n".join(code for kind, code in _BLOCK.findall(text) if kind == "python")
    for text in _SECTIONS
}
_IMPORTED = re.compile(r"^(?:import|from) (\w+)", re.MULTILINE)


def published(name: str) -> dict[str, torch.Tensor]:
    """Weights with the keys and shapes of the original that a golden file was made with."""
    found = json.loads((ROOT / "tests" / "goldens" / f"{name}.json").read_text(encoding="utf-8"))
    return {key: torch.zeros(shape) for key, shape in found["keys"]}


@pytest.mark.parametrize("recipe", CODES)
def test_every_recipe_works(recipe: str, tmp_path: Path) -> None:
    """Each alone, with the specs of the page; those that need other libraries where these are installed."""
    for module in _IMPORTED.findall(CODES[recipe]):
        if find_spec(module) is None:
            pytest.skip(f"needs {module}, which is not installed")
    for text in blocks(RECIPES, "yaml"):
        write(text, tmp_path)
    if "resnet18-" in CODES[recipe]:
        torch.save(published("torchvision-resnet18"), tmp_path / "resnet18-f37072fd.pth")
    if "deit" in CODES[recipe]:
        save_file(published("timm-deit_tiny_patch16_224"), tmp_path / "deit_tiny_patch16_224.safetensors")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", CODES[recipe]]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def shown(text: str) -> str:
    """A spec as an editor shows it: lenses above their lines, hints in the text."""
    workspace, path = Workspace(), Path("shown.yaml").resolve()
    workspace.put(path, text)
    beside = [(hint.offset, f" ‹{hint.text}›") for hint in hints(workspace, path, Range(0, len(text)))]
    above = [(lens.range.start, f"‹{lens.text}›\n") for lens in lenses(workspace, path)]
    for offset, words in sorted([*beside, *above], key=lambda one: one[0], reverse=True):
        text = text[:offset] + words + text[offset:]
    return text


def test_the_readme_shows_what_an_editor_shows(golden: Callable[[Path, str], None]) -> None:
    page = ROOT / "README.md"
    text = page.read_text(encoding="utf-8")
    (spec,) = [one for one in blocks(page, "yaml") if "name: shown\n" in one]
    golden(page, re.sub(r"```text\n.*?^```$", lambda _: f"```text\n{shown(spec)}```", text, count=1, flags=re.M | re.S))


def test_every_page_is_in_the_index() -> None:
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    names = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert set(re.findall(r"\]\((\w+\.md)\)", text)) == names
    assert "(docs/index.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_plugin_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The op of the page in the file above it, its module in the one beside, and the nodes below in a spec."""
    page = ROOT / "docs" / "plugins.md"
    op, module = blocks(page, "python")
    nodes = "".join(f"  {line}\n" for line in blocks(page, "yaml")[0].splitlines())
    (tmp_path / "my_ops").mkdir()
    (tmp_path / "my_ops" / "__init__.py").write_text(op, encoding="utf-8")
    (tmp_path / "my_ops" / "modules.py").write_text(module, encoding="utf-8")
    (tmp_path / "own.yaml").write_text(f"archspec: 1\nname: own\ninput: [6, 8, 8]\nlayers:\n{nodes}", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    built = run("archspec build own.yaml --seed 0 --plugin my_ops", tmp_path)
    assert built.startswith("own: 312 parameters, "), built


@pytest.mark.parametrize(("module", "page"), [("archspec", "python.md"), ("archspec.plugin", "plugins.md")])
def test_every_public_name_is_documented(module: str, page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert [name for name in import_module(module).__all__ if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert f"$ archspec {command} --help\n" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"| `archspec {command}" in (ROOT / "README.md").read_text(encoding="utf-8")


def rows(section: int) -> dict[str, set[str]]:
    """The words of each row in the tables of a section of the language's page, by all that its first cell names."""
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    text = page.partition(f"\n## {section}. ")[2].partition("\n## ")[0]
    found = re.findall(r"^\| (`.*?`) \|(.*)$", text, re.MULTILINE)
    return {name: set(re.findall(r"\w+", row)) for names, row in found for name in re.findall(r"\w+", names)}


def argument(name: str, field: FieldInfo) -> str:
    """An argument as the table of ops has it, with its default where it has one to be written."""
    return name if field.is_required() or field.default is None else f"{name}={literal(field.default)}"


def table_of_ops() -> str:
    """A row for each bundled op: its arguments, the principal one first, and what is said of it and of them."""
    rows = ["| op | arguments | what it does |", "|---|---|---|"]
    for name, cls in OPS.items():
        if cls.__module__.startswith("archspec.ops."):
            fields = dict(sorted(cls.model_fields.items(), key=lambda item: item[0] != cls.principal))
            arguments = [argument(*item) for item in fields.items()]
            arguments += ["sizes of axes by their names"] if cls.model_config.get("extra") == "allow" else []
            said = [" ".join((cls.__doc__ or "").split())]
            for key, field in fields.items():
                among = choices(property_of(cls, key))
                said.append(f"`{key}`: {field.description}" + (f" One of `{' '.join(among)}`." if among[1:] else ""))
            rows.append(f"| `{name}` | {', '.join(arguments)} | {' '.join(said)} |")
    return "\n".join(rows)


def test_the_table_of_ops_is_what_the_ops_say(golden: Callable[[Path, str], None]) -> None:
    page = ROOT / "docs" / "language.md"
    before, start, rest = page.read_text(encoding="utf-8").partition("<!-- ops -->\n")
    _, end, after = rest.partition("\n<!-- end of ops -->")
    assert start, "the page lost the marks between which the table stands"
    assert end, "the page lost the marks between which the table stands"
    golden(page, f"{before}{start}{table_of_ops()}{end}{after}")


def test_the_language_page_has_every_op_and_block_with_its_arguments() -> None:
    ops = {name: keys(cls) for name, cls in OPS.items() if cls.__module__.startswith("archspec.")}
    blocks = {name: bundled_block(name).parameters for name in bundled_blocks()}
    for section, wanted in ((9, ops), (7, blocks)):
        known = rows(section)
        missing = {name: set(arguments) - known.get(name, set()) for name, arguments in wanted.items()}
        same = {name for name, words in known.items() if "same" in words}
        assert {name: left for name, left in missing.items() if left and name not in same} == {}
        assert wanted.keys() <= known.keys()


def test_what_contributors_are_led_to_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:archspec|benchmarks|docs|specs|tests)/[\w./]*)`", text)
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []
    rows = re.findall(r"^\| (`\w+/`.*?) \|", text, re.MULTILINE)
    folders = {name for row in rows for name in re.findall(r"\w+", row)}
    assert folders == {path.name for path in (ROOT / "archspec").iterdir() if path.is_dir()} - {"__pycache__"}


def test_what_is_installed_is_what_the_project_is_called() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'name = "archspec-nn"' in project
    assert re.search(r"^torch = \[", project, re.MULTILINE)
