"""How the suite runs: a warning is an error, unless it is that of a plugin of pytest that somebody has installed."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tests.plugins.interpreter import ROOT, python

PLUGIN = """
import warnings

import pytest


def warn(level, *_):
    warnings.warn("old", DeprecationWarning, stacklevel=level)
    warnings.warn("new", FutureWarning, stacklevel=level)


@pytest.fixture(autouse=True)
def nothing():
    warn(1)
    yield
    warn(2)


class Reporter:
    def pytest_runtest_logreport(self, report):
        warn(1)


def pytest_configure(config):
    warn(1)
    config.pluginmanager.register(Reporter())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    warn(1)
    warn(2)
    warn(3)
    return (yield)


def pytest_addoption(parser): warn(1)
def pytest_collection_modifyitems(items): warn(1), warn(2)
def pytest_runtest_setup(item): warn(2)
def pytest_sessionfinish(session): warn(1), warn(2)
def pytest_terminal_summary(terminalreporter): warn(1), warn(2)


warn(1)
"""


def test_plugins_that_warn_end_nothing(tmp_path: Path) -> None:
    """At whatever time they warn, and from however far below."""
    (tmp_path / "elderly.py").write_text(PLUGIN, encoding="utf-8")
    options = ["-p", "elderly", "-p", "no:cacheprovider"]
    done = python("-m", "pytest", *options, str(ROOT / "tests" / "test_errors.py"), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DeprecationWarning: old" in done.stdout, "they are shown"


@pytest.mark.parametrize("kind", [DeprecationWarning, PendingDeprecationWarning, ResourceWarning, UserWarning])
@pytest.mark.parametrize("level", [1, 2])
def test_a_warning_is_an_error(kind: type[Warning], level: int) -> None:
    """That of a test, and that of pytest which calls it: all but those of plugins."""
    with pytest.raises(kind):
        warnings.warn("old", kind, stacklevel=level)
