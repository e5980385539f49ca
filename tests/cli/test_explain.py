from __future__ import annotations

import pytest

from archspec.diagnostics.catalogue import codes, rule
from archspec.language.words import word


@pytest.mark.parametrize("typed", ["A201", "a201"])
def test_a_code_has_a_page(typed, run):
    result = run("explain", typed)
    assert result.exit_code == 0
    assert result.stdout == f"{rule('A201').page}\n"


def test_several_codes_have_several_pages(run):
    assert run("explain", "A201", "A202").stdout == f"{rule('A201').page}\n{rule('A202').page}\n"


def test_without_a_code_all_are_listed(run):
    lines = run("explain").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["code", *codes()]
    assert all(rule(line.split()[0]).title in line for line in lines[1:])


def test_an_unknown_code_is_a_mistake(run):
    result = run("explain", "A2011")
    assert result.exit_code == 2
    assert "there is no rule `A2011`; did you mean `A201`?" in result.stderr


def test_it_is_drawn_where_a_person_looks(run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = run("explain", "A201").stdout
    assert "\x1b[" in shown
    assert "##" not in shown


@pytest.mark.parametrize("name", ["conv", "basic", "residual", "budget", "silu", "in_channels", "log2"])
def test_a_word_of_the_language_has_a_page(name, run):
    result = run("explain", name)
    assert result.exit_code == 0
    assert result.stdout == f"{word(name).page}\n"


def test_codes_and_words_may_be_mixed_and_nothing_is_shown_of_a_mistake(run):
    assert run("explain", "a201", "conv").stdout == f"{rule('A201').page}\n{word('conv').page}\n"
    result = run("explain", "conv", "botleneck")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no op, block, key or code `botleneck`; did you mean `bottleneck`?" in result.stderr


def test_a_bundled_spec_is_shown_elsewhere(run):
    assert "`archspec show resnet50` prints it" in run("explain", "resnet50").stderr


@pytest.mark.parametrize("name", ["", "-", "\x1b[31m", "conv\n", "é", "x" * 10_000, "a" * 40, "A", "A9999999999"])
def test_a_hostile_word_is_a_mistake(name, run):
    result = run("explain", "--", name)
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
