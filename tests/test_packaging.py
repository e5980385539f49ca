"""The wheel, the sdist and an editable install all bring the bundled specs, blocks and schema along."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from archspec.version import __version__

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, folder: Path) -> str:
    """What the command prints; neither the current folder nor the environment leads it to this checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Built:
    wheel: Path
    sdist: Path


def build(source: Path, target: str, destination: Path) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", destination, folder=source)
    (file,) = destination.iterdir()
    return file


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    return Built(build(ROOT, "wheel", folder / "wheel"), build(ROOT, "sdist", folder / "sdist"))


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_code_types_blocks_specs_and_schema(built: Built) -> None:
    metadata = f"archspec_nn-{__version__}.dist-info/"
    names = {name for name in contents(built.wheel) if not name.startswith(metadata)}
    expected = {f"archspec/{name}" for name in files_below(ROOT / "archspec")}
    expected |= {f"archspec/_data/specs/{name}" for name in files_below(ROOT / "specs")}
    expected |= {f"archspec/_data/schemas/{name}" for name in files_below(ROOT / "schemas")}
    assert names == expected
    assert {"archspec/py.typed", "archspec/_data/schemas/archspec.schema.json"} <= names
    for folder in ("archspec/_data/specs/", "archspec/blocks/"):
        assert any(name.startswith(folder) and name.endswith(".yaml") for name in names)


def test_the_wheel_says_what_it_is(built: Built) -> None:
    files = contents(built.wheel)
    info = f"archspec_nn-{__version__}.dist-info"
    metadata = files[f"{info}/METADATA"].decode()
    assert f"\nName: archspec-nn\nVersion: {__version__}\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert f"{info}/licenses/LICENSE" in files
    scripts = files[f"{info}/entry_points.txt"].decode()
    assert "archspec = archspec.cli:run\narchspec-nn = archspec.cli:run\n" in scripts


def test_the_sdist_builds_the_same_wheel(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        if sys.version_info >= (3, 12):
            archive.extractall(tmp_path, filter="data")
        else:
            archive.extractall(tmp_path)
    wheel = build(tmp_path / built.sdist.name.removesuffix(".tar.gz"), "wheel", tmp_path / "wheel")
    assert contents(wheel) == contents(built.wheel)


def test_the_sdist_holds_all_that_its_tests_read(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for folder in (".github", "docs", "schemas", "specs"):
        assert {f"{folder}/{name}" for name in files_below(ROOT / folder)} <= names
    assert {".pre-commit-hooks.yaml", "CONTRIBUTING.md", "Makefile", "README.md", "action.yml"} <= names


def fresh_environment(folder: Path) -> Path:
    """The folder of the programs of a new environment that sees what is installed here, but not archspec itself.

    Path files inside a folder that a path file names are not read, and it is one that leads to an editable install.
    """
    venv.create(folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    packages = run(
        programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder
    ).strip()
    Path(packages, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


LOCATE = """
import json
import archspec, archspec.resources
print(json.dumps([archspec.__file__, str(archspec.resources.specs_folder()), str(archspec.resources.schema_file())]))
"""


@pytest.mark.parametrize("how", ["wheel", "sdist", "editable"])
def test_an_install_finds_what_ships_with_it(how: str, built: Built, tmp_path: Path) -> None:
    environment, elsewhere = tmp_path / "environment", tmp_path / "elsewhere"
    elsewhere.mkdir()
    programs = fresh_environment(environment)
    what = {"wheel": [built.wheel], "sdist": [built.sdist], "editable": ["--editable", ROOT]}[how]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--ignore-installed", "--no-warn-script-location"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", programs / "python"]
    run(*pip, "install", *offline, *what, folder=elsewhere)

    for name in ("archspec", "archspec-nn"):
        assert __version__ in run(programs / name, "--version", folder=elsewhere)
    listed = run(programs / "archspec", "list", folder=elsewhere)
    assert "resnet18" in listed
    assert "bottleneck" in listed
    run(programs / "archspec", "validate", "resnet18", folder=elsewhere)
    assert "11689512" in run(programs / "archspec", "summary", "resnet18", "--format", "json", folder=elsewhere)

    home = (ROOT if how == "editable" else environment).resolve()
    for file in json.loads(run(programs / "python", "-c", LOCATE, folder=elsewhere)):
        assert Path(file).exists()
        assert Path(file).resolve().is_relative_to(home)
