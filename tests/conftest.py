from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the workers share the cores; torch reads this when it is imported

# How long an example takes says nothing here: the first of a kind pays for loading torch.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("dev"), database=None, derandomize=True, max_examples=40)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write the golden files anew instead of comparing")


WARNINGS = (
    "error",
    # torch.compile loads torch's own quantization and reference modules, which still use torch.jit.
    r"ignore:.torch\.jit\.\w+. is deprecated:DeprecationWarning:torch.jit._script",
    # torch.compile tells it of Python 3.13.0 alone.
    r"ignore:Guards may run slower on Python 3\.13\.0:RuntimeWarning",
    # torch.onnx.export deep-copies the exported program's tree specs.
    r"ignore:.isinstance\(treespec, LeafSpec\). is deprecated:FutureWarning",
)
"""What is done with a warning while a test runs."""


def of_plugins(config: pytest.Config) -> list[str]:
    """Filters by which the warnings of pytest's plugins are shown, whoever installed them, and end no test.

    A warning that a hook raises on behalf of its caller is pluggy's.
    """
    plugins = config.pluginmanager.get_plugins()  # modules, or objects of classes in modules
    modules = {getattr(plugin, "__module__", None) or plugin.__name__ for plugin in plugins}
    foreign = {module.partition(".")[0] for module in modules} - {"_pytest", "pytest", "archspec", "tests"}
    return [rf"default:::{re.escape(name)}(\.|$)" for name in sorted(foreign | {"pluggy"})]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    warnings = pytest.mark.filterwarnings(*WARNINGS, *of_plugins(config))
    for item in items:
        item.add_marker(warnings, append=False)
        if "golden" in getattr(item, "fixturenames", ()):
            item.add_marker("golden")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium; without it, or without playwright, a test is skipped. It is not kept longer than for a module:
    while it is there, an event loop runs that others would find."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs Chromium")
    sync_api.expect.set_options(timeout=60_000)
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """`golden(path, text)` passes if the file holds exactly the text; with --update-goldens it writes the file."""

    def compare(path: Path, text: str) -> None:
        if path.is_file() and path.read_bytes() == text.encode():
            return
        if request.config.getoption("--update-goldens"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            return
        if not path.is_file():
            pytest.fail(f"{path} is missing; `make goldens` writes it")
        assert text == path.read_text(encoding="utf-8"), f"differs from {path}; `make goldens` writes it anew"

    return compare
