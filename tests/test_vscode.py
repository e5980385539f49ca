"""The extension for VS Code becomes a package."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "editors" / "vscode"


def test_the_lock_names_no_machine() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
def test_the_extension_becomes_a_package(tmp_path: Path) -> None:
    folder = tmp_path / "vscode"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("node_modules", "dist", "*.vsix"))
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "package"]):
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        if run.returncode and "ENOTFOUND" in run.stderr + run.stdout:
            pytest.skip("needs the npm registry")
        assert run.returncode == 0, run.stderr + run.stdout
    with zipfile.ZipFile(folder / "archspec.vsix") as package:
        names = set(package.namelist())
        manifest = json.loads(package.read("extension/package.json"))
    assert {name for name in names if name.startswith("extension/")} == {
        "extension/dist/extension.js",
        "extension/package.json",
        "extension/readme.md",
    }
    assert (folder / "archspec.vsix").stat().st_size < 2**18
    assert manifest["contributes"]["configuration"]["properties"]["archspec.command"]["default"] == [
        "archspec",
        "server",
    ]
    # who opens a folder of others does not run what it says
    assert manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] == ["archspec.command"]
