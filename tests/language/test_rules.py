from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from archspec import limits
from archspec.graph.rules import Rules
from archspec.language.schema.schema import json_schema
from tests.language.rejections import rejections
from tests.sentences.case import Case, cases

CHECKED = cases(
    r"""
    # `weights`: how weights from elsewhere are read
    weights: {rename: {'^module\.': '', '(\d+)\.gamma$': '\1.weight'}}
    - conv: 8

    weights: {}
    - conv: 8

    weights: {rename: {}}
    - conv: 8

    # no expressions: `$` is the end of a key
    weights: {rename: {'a$': '$b', '$(x': y}}  #! A501: missing )
    layers: [conv: 8]

    weights: {rename: {'(': y}}  #! A501: unterminated subpattern

    weights: {rename: {'': y}}  #! A501: the pattern is empty

    weights:
      rename:
        '^a': b
        '[a': ''  #! A501: unterminated character set
        '(b)': '\2'  #! A501: `\2` is not a valid replacement for `(b)`

    weights: {rename: {a: 3}}  #! A203: must be a string

    weights: {rename: {a: null}}  #! A203: must be a string

    weights: {rename: {a: [b]}}  #! A203: must be a string

    weights: {rename: [a, b]}  #! A203: must be a mapping

    weights: {rename: a=b}  #! A203: must be a mapping

    weights: {renames: {a: b}}  #! A201: renames

    # weights:
    # ignore: ['mask_token$', 'inv_freq$', 'relative_position_index$']
    # rename: {'^transformer\.': ''}
    # transpose: ['\.(c_attn|c_fc|c_proj)\.weight$']
    # add: {'norm\.weight$': 1.0}
    # split: {'in_proj_(weight|bias)$': ['q.\1', 'k.\1', 'v.\1']}
    # concat: {'qkv.weight$': ['q.weight', 'k.weight', 'v.weight']}
    # reshape: ['pos_embed$']
    weights:
      ignore: ['mask_token$', 'inv_freq$', 'relative_position_index$']
      rename: {'^transformer\.': ''}
      transpose: ['\.(c_attn|c_fc|c_proj)\.weight$']
      add: {'norm\.weight$': 1.0}
      split: {'in_proj_(weight|bias)$': ['q.\1', 'k.\1', 'v.\1']}
      concat: {'qkv.weight$': ['q.weight', 'k.weight', 'v.weight']}
      reshape: ['pos_embed$']

    weights: {ignore: mask}  #! A203: `ignore` of `weights` must be a list of patterns

    weights: {ignore: [3]}  #! A203: a pattern of `ignore` must be a string

    weights: {transpose: ['(']}  #! A501: unterminated subpattern

    weights: {reshape: {a: b}}  #! A203: `reshape` of `weights` must be a list of patterns

    weights: {add: [a]}  #! A203: `add` of `weights` must be a mapping

    weights: {add: {a: one}}  #! A203: what `a` adds must be a number

    weights: {add: {'(': 1}}  #! A501: unterminated subpattern

    weights: {split: {a: b}}  #! A203: the parts of `split` for `a` must be a list of strings

    weights: {split: {a: []}}  #! A203: the parts of `split` for `a` must be a list of strings

    weights: {split: {a: [b, 1]}}  #! A203: the parts of `split` for `a` must be a list of strings

    weights: {split: {'(a)': [b, '\2']}}  #! A501: `\2` is not a valid replacement for `(a)`

    weights: {concat: {'(': [a]}}  #! A501: unterminated subpattern

    weights: {concat: {a: ['\1']}}  #! A501: `\1` is not a valid replacement for `a`

    weights: 3  #! A203: must be a mapping

    wieghts: {}  #! A201: wieghts
    """,
    head="input: [4, 8, 8]\n",
)


@CHECKED
def test_what_a_file_may_say(case: Case, tmp_path: Path) -> None:
    if "layers" not in case.spec:
        case = Case(case.says, f"{case.spec}\nlayers: [conv: 8]\n")
    case.check(tmp_path)


SPEC = {"archspec": 1, "name": "tiny", "input": [4], "layers": [{"linear": 2}]}


def test_the_graph_has_them_in_order() -> None:
    rules = {"^b": "c", "^a": "b"}
    graph = archspec.compile({**SPEC, "weights": {"rename": rules}})
    assert graph.rules == Rules(rename=tuple(rules.items()))
    assert archspec.compile(SPEC).rules == Rules()


def test_they_change_no_architecture() -> None:

    one, other = archspec.compile(SPEC), archspec.compile({**SPEC, "weights": {"rename": {"a": "b"}}})
    assert (str(one), one.fingerprint) == (str(other), other.fingerprint)


def test_a_spec_that_extends_adds_its_own_below(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        "archspec: 1\ninput: [4]\nlayers: [linear: 2]\nweights: {rename: {'^a': b, '^c': d}}\n"
    )
    (tmp_path / "over.yaml").write_text(
        "archspec: 1\nextends: ./base.yaml\nweights:\n  rename:\n    '^e': f\n    '^c': g\n    '(': ''\n"
    )
    found = archspec.validate(tmp_path / "over.yaml")
    assert [(d.code, d.span and (d.span.line, d.span.column)) for d in found] == [("A501", (7, 5))]
    (tmp_path / "over.yaml").write_text("archspec: 1\nextends: ./base.yaml\nweights: {rename: {'^e': f, '^c': g}}\n")
    graph = archspec.compile(tmp_path / "over.yaml")
    assert graph.rules.rename == (("^a", "b"), ("^c", "g"), ("^e", "f"))


def test_there_are_limits() -> None:
    many = {**SPEC, "weights": {"rename": {f"k{i}": "" for i in range(limits.PATTERNS + 1)}}}
    assert [d.code for d in archspec.validate(many)] == ["A501"]
    half = [f"k{i}" for i in range(limits.PATTERNS // 2)]
    together = {"ignore": half, "add": dict.fromkeys(half, 1), "reshape": ["a"]}
    (found,) = archspec.validate({**SPEC, "weights": together})
    assert (found.code, found.message) == ("A501", "`weights` has 201 patterns; up to 200 are allowed")
    assert not archspec.validate({**SPEC, "weights": {**together, "reshape": []}})
    text = "c" * (limits.PATTERN_LENGTH + 1)
    # a pattern that is a key is held to the length of keys, which is the same
    for long, code in (({"b": text}, "A501"), ({text: "b"}, "A108")):
        for weights in ({"rename": long}, {"split": {key: [value] for key, value in long.items()}}):
            assert [d.code for d in archspec.validate({**SPEC, "weights": weights})] == [code]
    assert [d.code for d in archspec.validate({**SPEC, "weights": {"ignore": [text]}})] == ["A501"]
    parts = {"split": {"a": ["b"] * (limits.PARTS + 1)}}
    assert [d.code for d in archspec.validate({**SPEC, "weights": parts})] == ["A203"]


@pytest.mark.parametrize(
    ("section", "sound"),
    [
        ({"rename": {"a": "b"}}, True),
        ({"rename": {}}, True),
        ({}, True),
        (None, False),
        ({"rename": None}, False),
        ({"rename": {"": "b"}}, False),
        ({"rename": {"a": 1}}, False),
        ({"rename": {"a" * (limits.PATTERN_LENGTH + 1): "b"}}, False),
        ({"renamed": {}}, False),
        ({"ignore": ["a"], "transpose": ["b"], "reshape": []}, True),
        ({"add": {"a": 1, "b": -0.5}, "split": {"c": ["d"]}, "concat": {"e": ["f", "g"]}}, True),
        *(
            ({key: value}, False)
            for key in ("ignore", "transpose", "reshape")
            for value in ("a", {"a": "b"}, [""], [3])
        ),
        *(({"add": {"a": value}}, False) for value in ("1", None, [1], True, 1e31)),
        *(({key: {"a": value}}, False) for key in ("split", "concat") for value in ("b", [], [1], None, {"b": "c"})),
        ({"split": ["a"]}, False),
    ],
)
def test_the_schema_says_the_same(section: object, sound: bool) -> None:
    spec = {**SPEC, "weights": section}
    assert (not rejections(spec, json_schema())) == sound
    assert (not archspec.validate(spec)) == sound
