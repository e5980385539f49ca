from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from hypothesis import given

from archspec.diagnostics.formats import FORMATS, Findings, Style
from archspec.diagnostics.text import render
from tests.diagnostics.formats.samples import ALL, BLOCKS, CALL, NOTHING, NOWHERE, SHADOW, TYPO, any_findings

# The elements that `junit-10.xsd` of Jenkins' xUnit plugin knows: their children, attributes, and those required.
_TOLD = {"type", "message"}
_RESULTS = {"skipped", "error", "failure", "system-out", "system-err"}
_COUNTS = {"tests", "failures", "errors"}
XSD: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, {"name", "time", *_COUNTS}, set()),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"name", "group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url", *_COUNTS},
        {"name", *_COUNTS},
    ),
    "testcase": (_RESULTS, {"name", "time", "classname", "group"}, {"name"}),
    "failure": (set(), _TOLD, set()),
    "error": (set(), _TOLD, set()),
    "skipped": (set(), _TOLD, set()),
    "system-out": (set(), set(), set()),
    "system-err": (set(), set(), set()),
}
MIXED = _RESULTS


def check(element: Element) -> None:
    """Fail unless an element, and all in it, is what the schema allows."""
    children, attributes, required = XSD[element.tag]
    assert required <= element.attrib.keys() <= attributes
    if element.tag not in MIXED:
        assert not (element.text or "").strip()
    for child in element:
        assert child.tag in children
        assert not (child.tail or "").strip()
        check(child)
    for count in _COUNTS & element.attrib.keys():
        assert re.fullmatch(r"\d+", element.attrib[count])


def told(findings: Findings) -> Element:
    """The suite that a server reads."""
    text = FORMATS["junit"](findings, Style(color=True, width=40))
    assert text.isascii()
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    check(root)
    (suite,) = root
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    return suite


def test_the_whole() -> None:
    assert FORMATS["junit"](Findings(("specs/my.yaml", "specs/other.yaml"), (TYPO,)), Style()) == (
        """\
<?xml version='1.0' encoding='us-ascii'?>
<testsuites name="archspec" tests="2" failures="1" errors="0">
  <testsuite name="archspec" tests="2" failures="1" errors="0">
    <testcase name="specs/my.yaml" classname="archspec">
      <failure type="A201" message="A201: `conv` has no argument `chanels`">specs/my.yaml:5:7: error[A201]: `conv` \
has no argument `chanels`
  |
5 |       chanels: 64
  |       ^^^^^^^
  = help: did you mean `channels`?</failure>
    </testcase>
    <testcase name="specs/other.yaml" classname="archspec" />
  </testsuite>
</testsuites>"""
    )


def test_nothing_found() -> None:
    suite = told(NOTHING)
    assert [case.attrib["name"] for case in suite] == ["specs/my.yaml", "specs/other.yaml"]
    assert not [result for case in suite for result in case]


def test_one_failure_tells_all_findings_of_a_file() -> None:
    (case,) = told(Findings(("specs/my.yaml",), (TYPO, CALL, NOWHERE)))
    (failure,) = case
    assert failure.attrib["message"] == "A201: `conv` has no argument `chanels` (and 2 more)"
    assert failure.text == render([TYPO, CALL, NOWHERE])


def test_warnings_alone_fail_nothing() -> None:
    suite = told(Findings((BLOCKS.name,), (SHADOW,)))
    assert suite.attrib["failures"] == "0"
    assert [result.tag for result in suite[0]] == ["system-out"]
    assert suite[0][0].text == render([SHADOW])


def test_a_file_that_is_included_has_a_case_if_there_is_something_to_tell() -> None:
    assert [case.attrib["name"] for case in told(Findings(("specs/my.yaml",), (SHADOW,)))] == [
        "specs/my.yaml",
        "specs/blocks.yaml",
    ]


def test_all() -> None:
    assert told(ALL).attrib["tests"] == "5"


@given(any_findings)
def test_whatever_is_found_is_xml(findings: Findings) -> None:
    told(findings)
