"""JUnit's XML, which every CI server shows: https://github.com/jenkinsci/xunit-plugin (`junit-10.xsd`)."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from archspec.diagnostics import text
from archspec.diagnostics.diagnostic import Diagnostic
from archspec.diagnostics.formats.findings import Findings, Style, relative
from archspec.escape import inline


def render(findings: Findings, style: Style) -> str:
    """A suite with a test case for each file that was checked or has findings; one with errors fails.

    It is ASCII, so that no encoding of the output can harm it.
    """
    cases: dict[str, list[Diagnostic]] = {relative(file): [] for file in findings.files}
    for diagnostic in findings.diagnostics:
        cases.setdefault(findings.path(diagnostic), []).append(diagnostic)
    failures = sum(any(d.severity == "error" for d in found) for found in cases.values())
    totals = {"name": "archspec", "tests": str(len(cases)), "failures": str(failures), "errors": "0"}
    root = ElementTree.Element("testsuites", totals)
    suite = ElementTree.SubElement(root, "testsuite", totals)
    for path, found in cases.items():
        _case(suite, inline(path), found)
    ElementTree.indent(root)
    xml: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return xml.decode("ascii")


def _case(suite: ElementTree.Element, path: str, found: Sequence[Diagnostic]) -> None:
    """A test case. Servers show one failure of each: it tells all findings of the file."""
    case = ElementTree.SubElement(suite, "testcase", name=path, classname="archspec")
    errors = [diagnostic for diagnostic in found if diagnostic.severity == "error"]
    if errors:
        more = f" (and {len(errors) - 1:,} more)" if len(errors) > 1 else ""
        message = f"{errors[0].code}: {inline(errors[0].message)}{more}"
        told = ElementTree.SubElement(case, "failure", type=errors[0].code, message=message)
    elif found:
        told = ElementTree.SubElement(case, "system-out")
    else:
        return
    told.text = text.render(found)
