"""The README is run: every command gives what stands below it, every spec in it is valid, its Python works."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import archspec

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"\d+\.\d+ s\b")
_NOT_RUN = ("pip install",)


def blocks(kind: str) -> list[str]:
    return [text for found, text in _BLOCK.findall(README.read_text(encoding="utf-8")) if found == kind]


def run(command: str, folder: Path) -> str:
    """What a command prints, as a user without a terminal sees it; times differ from run to run."""
    words = shlex.split(command)
    assert words[0] == "archspec"
    done = subprocess.run(
        [sys.executable, "-m", "archspec", *words[1:]], cwd=folder, capture_output=True, text=True, timeout=300
    )
    return _SECONDS.sub("… s", (done.stdout + done.stderr).rstrip("\n"))


def test_every_command_gives_what_stands_below_it(tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    for text in blocks("yaml"):
        name = re.search(r"^name: (\w+)$", text, re.MULTILINE)
        if name:
            (tmp_path / f"{name[1]}.yaml").write_text(text, encoding="utf-8")

    def rerun(match: re.Match[str]) -> str:
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

    golden(README, _BLOCK.sub(rerun, README.read_text(encoding="utf-8")))


def test_every_spec_is_valid_or_says_why_not() -> None:
    for text in blocks("yaml"):
        findings = archspec.validate(text)
        assert bool(findings) == ("name: oops" in text), "\n".join(map(str, findings))


def test_the_python_works() -> None:
    for text in blocks("python"):
        exec(compile(text, "README.md", "exec"), {})


def test_what_is_installed_is_what_the_project_is_called() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'name = "archspec-nn"' in project
    assert re.search(r"^torch = \[", project, re.MULTILINE)
