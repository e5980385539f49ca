from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archspec.cli.app import program

ROOT = Path(__file__).resolve().parents[2]

TINY = """\
archspec: 1
name: tiny
reference: nobody
params: {classes: 3, widths: [8, 16]}
input: [3, 8, 8]
norm: batch
act: relu
stem:
  - conv: {name: conv1, channels: "$( widths[0] )", kernel: 3, bias: false}
  - norm
  - act
stages:
  - {name: layer1, block: basic, depth: 2, channels: "$( widths[0] )"}
  - {name: layer2, block: basic, depth: 1, channels: "$( widths[1] )", stride: 2}
head:
  - global_pool
  - linear: {name: fc, features: $classes}
"""

BROKEN = """\
archspec: 1
name: broken
input: [3, 8, 8]
layers:
  - conv: {channels: 4, kernal: 3}
  - conv: $widht
"""

BLOCKS = """\
archspec: 1
blocks:
  twice:
    params: {channels: int}
    layers:
      - conv: $channels
      - conv: $channels
"""


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the developer or CI has set tells the program how to show things."""
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "ARCHSPEC_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a sound spec in it and a broken one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    return tmp_path


Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """`run("validate", "x.yaml")` in this process, by the way that the console script takes; never an exception."""

    def invoke(*arguments: str | Path, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(program, [*map(str, arguments)], input=input, catch_exceptions=False)

    return invoke


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The same in a process of its own, in the working directory."""

    def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "archspec", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )

    return start


@pytest.fixture
def git(folder, monkeypatch):
    """A repository in the working directory; `git("commit", …)`."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "nobody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "nobody@localhost")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))

    def call(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout

    call("init", "-q", "-b", "main")
    return call
