from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

import archspec
from archspec.diagnostics import Diagnostic
from archspec.diagnostics.catalogue import FAMILIES, SPEC, Rule, codes, document, files, rule, rules
from archspec.language.expressions.functions import FUNCTIONS
from archspec.limits import BLOCK_NESTING, FINDINGS, NESTING, NODES, STEPS, TEXT_BYTES, VALUES
from archspec.lint.channels_of_eight import UNIT
from archspec.lint.plain_depth import PLAIN_LAYERS
from archspec.lint.small_batch import BATCH_SIZE

ROOT = Path(__file__).resolve().parents[2]
ADVICE = "A7"

every_rule = pytest.mark.parametrize("page", [pytest.param(rule, id=rule.code) for rule in rules()])


def used() -> set[str]:
    """The codes in the strings of the package."""
    found: set[str] = set()
    for module in (ROOT / "archspec").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"A\d{3}", node.value):
                found.add(node.value)
    return found


def findings(section: str, folder: Path, page: Rule) -> list[Diagnostic]:
    """What is found in an example, without the advice that it happens to deserve."""
    for path, data in files(section).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    found = archspec.validate(folder / SPEC, exports=["all"] if page.code == "A502" else ())
    return [d for d in found if page.code.startswith(ADVICE) or not d.code.startswith(ADVICE)]


def test_every_code_has_a_rule_and_every_rule_a_use() -> None:
    assert set(codes()) == used()


@pytest.mark.parametrize(
    ("code", "limits"),
    [
        ("A108", [f"{VALUES:,} values", f"at most {NESTING} deep", f"{FINDINGS} errors", f"{TEXT_BYTES // 2**20} MiB"]),
        ("A254", [" ".join(FUNCTIONS)]),
        ("A309", [f"{NODES:,} nodes", f"{STEPS:,} steps", f"{BLOCK_NESTING} levels"]),
        ("A701", [f"less than {BATCH_SIZE}"]),
        ("A702", [f"More than {PLAIN_LAYERS} layers"]),
        ("A708", [f"more than {UNIT} channels"]),
    ],
)
def test_a_page_names_the_limits_that_hold(code: str, limits: list[str]) -> None:
    text = " ".join(rule(code).text.split())
    assert [limit for limit in limits if limit not in text] == []


@every_rule
def test_the_example_gives_this_code_and_no_other(page: Rule, tmp_path: Path) -> None:
    found = findings(page.example, tmp_path, page)
    assert {d.code for d in found} == {page.code}, "\n\n".join(map(str, found)) or "no finding"


@every_rule
def test_the_fixed_example_is_valid(page: Rule, tmp_path: Path) -> None:
    found = findings(page.fixed, tmp_path, page)
    assert not found, "\n\n".join(map(str, found))
    archspec.compile(tmp_path / SPEC)


@every_rule
def test_a_page_has_the_form_of_all(page: Rule) -> None:
    text = page.page
    assert re.findall(r"^#+ .*(?<!yaml)$", text, re.MULTILINE) == [
        f"# {page.code}: {page.title}", "## Why it matters", "## Example", "## Fixed",
    ]  # fmt: skip
    assert text == (ROOT / "archspec/diagnostics/rules" / f"{page.code}.md").read_text(encoding="utf-8")
    assert all(len(line) <= 120 and line == line.rstrip() for line in text.splitlines())
    assert page.title[0].islower()
    assert len(page.title) <= 50
    assert not page.title.endswith(".")
    assert page.meaning
    assert any(page.code.startswith(prefix) for prefix in FAMILIES)


@every_rule
def test_the_examples_differ_in_few_lines(page: Rule) -> None:
    wrong, right = (b"".join(files(section).values()).splitlines() for section in (page.example, page.fixed))
    assert set(wrong) & set(right)
    assert wrong != right or files(page.example).keys() != files(page.fixed).keys()


def test_the_documentation_is_that_of_the_catalogue(golden: Callable[[Path, str], None]) -> None:
    golden(ROOT / "docs" / "rules.md", document())


def test_the_table_of_contents_leads_to_every_page() -> None:
    text = document()
    for page in rules():
        assert re.search(
            rf"^\| \[{page.code}\]\(#{page.code.lower()}-[\w-]+\) \| {re.escape(page.title)} \|$", text, re.M
        )
        assert f"\n### {page.code}: {page.title}\n" in text
    assert [line for line in text.splitlines() if line.startswith("# ") and not line.endswith("yaml")] == ["# Rules"]


def test_blocks_of_an_example_are_files() -> None:
    section = dedent(
        r"""
        Three:

        ```yaml
        name: a
        ```

        ```yaml
        # blocks/b.yaml
        name: b
        ```

        ```text
        # c.yml
        \xff\x0a\n
        ```
        """
    )
    assert files(section) == {
        "spec.yaml": b"name: a\n",
        "blocks/b.yaml": b"# blocks/b.yaml\nname: b\n",
        "c.yml": b"# c.yml\n\xff\n\\n\n",
    }


def test_a_rule_is_found_in_either_case() -> None:
    assert rule("a201") == rule("A201")
    assert rule("A201").title == "unknown key"


@pytest.mark.parametrize(
    ("code", "help"),
    [
        ("A2O1", "did you mean `A2"),
        ("../A201", "codes are an `A`"),
        ("", "such as A201"),
        ("E501", "did you mean|such as"),
    ],
)
def test_an_unknown_rule_is_refused(code: str, help: str) -> None:
    with pytest.raises(LookupError, match=f"there is no rule `{re.escape(code)}`; .*({help})"):
        rule(code)


def test_validating_loads_no_page() -> None:
    code = "import sys, archspec; archspec.validate('a: 1\\n'); print('archspec.diagnostics.catalogue' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
