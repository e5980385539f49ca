r"""The rule catalogue: what each code means, why it matters, an example that triggers it, and that example fixed.

A rule is a page of Markdown, `rules/CODE.md`:

    # CODE: title

    What it means.

    ## Why it matters

    ## Example

    ## Fixed

The fenced blocks of the last two sections are files. A block whose first line is a comment with a path, such as
`# base.yaml`, is the file of that path; the block without one is the spec itself, `spec.yaml`. A block is fenced as
`yaml`, or as `text` where it holds bytes that Markdown cannot: there, `\xNN` stands for the byte of that number.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from archspec.diagnostics.hints import did_you_mean
from archspec.records import record

SPEC = "spec.yaml"
"""The path of the file that an example is about."""

FAMILIES = {
    "A1": "Text and YAML",
    "A20": "Structure",
    "A25": "Expressions",
    "A3": "Names, references and blocks",
    "A40": "Shapes",
    "A41": "Joins and shortcuts",
    "A42": "Modules that run again",
    "A5": "Weights and export",
    "A6": "Budgets",
    "A7": "Advice",
}
"""What codes that begin so are about."""

_FOLDER = Path(__file__).parent / "rules"
_PAGE = re.compile(
    r"# (?P<code>A[0-9]{3}): (?P<title>[^\n]+)\n\n"
    r"(?P<text>.+?)\n\n## Example\n\n(?P<example>.+?)\n\n## Fixed\n\n(?P<fixed>.+)\n",
    re.DOTALL,
)
_FENCE = re.compile(r"^```(?P<kind>yaml|text)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_PATH = re.compile(r"# (\S+\.ya?ml)\n")
_HEADING = re.compile(r"^#(?=#? (?:A[0-9]{3}: |Why it matters$|Example$|Fixed$))", re.MULTILINE)
_BYTE = re.compile(rb"\\x([0-9a-f]{2})")


@record
class Rule:
    """One rule. `text` says what it means and why it matters; it and the two examples are Markdown."""

    code: str
    title: str
    text: str
    example: str
    fixed: str

    @property
    def meaning(self) -> str:
        """What it means, without why it matters."""
        return self.text.partition("\n\n## ")[0]

    @property
    def page(self) -> str:
        """All of it, as Markdown."""
        head = f"# {self.code}: {self.title}\n\n{self.text}"
        return f"{head}\n\n## Example\n\n{self.example}\n\n## Fixed\n\n{self.fixed}\n"


@cache
def codes() -> tuple[str, ...]:
    """The codes of all rules, in order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("A*.md")))


def page_file(code: str) -> Path:
    """The file of the page of a rule."""
    return _FOLDER / f"{code}.md"


def begins(prefix: str) -> bool:
    """Whether codes begin so."""
    return any(known.startswith(prefix) for known in (*FAMILIES, *codes()))


def rules() -> list[Rule]:
    """All rules, in the order of their codes."""
    return [rule(code) for code in codes()]


@cache
def rule(code: str) -> Rule:
    """The rule of a code, in upper or lower case. Raises `LookupError` where there is none."""
    known = codes()
    if code.upper() not in known:
        hint = did_you_mean(code.upper(), known) or "codes are an `A` and three digits, such as A201"
        raise LookupError(f"there is no rule `{code}`; {hint}")
    found = _PAGE.fullmatch((_FOLDER / f"{code.upper()}.md").read_text(encoding="utf-8"))
    assert found is not None, f"rules/{code}.md has not the form of a rule"
    return Rule(**found.groupdict())


def files(section: str) -> dict[str, bytes]:
    """The files in an example, by their paths; what the example is about is `SPEC`."""
    found: dict[str, bytes] = {}
    for fence in _FENCE.finditer(section):
        body = fence["body"]
        path = _PATH.match(body)
        data = body.encode()
        if fence["kind"] == "text":
            data = _BYTE.sub(lambda byte: bytes.fromhex(byte[1].decode()), data)
        found[path[1] if path else SPEC] = data
    return found


def document() -> str:
    """All rules as one page of Markdown, with a table of contents: the text of `docs/rules.md`."""
    contents, pages = [], []
    for prefix, family in FAMILIES.items():
        found = [rule for rule in rules() if rule.code.startswith(prefix)]
        if found:
            rows = "\n".join(f"| [{rule.code}](#{_anchor(rule)}) | {rule.title} |" for rule in found)
            contents.append(f"**{family}**\n\n| code | |\n|---|---|\n{rows}\n")
            pages.append(f"## {family}\n")
            pages += [_HEADING.sub("###", rule.page) for rule in found]
    return "\n".join([_HEAD, *contents, *pages])


_HEAD = """\
# Rules

Every finding of `archspec validate` has a code. This page explains each code: what it means, why it matters, an example
that triggers it, and the same example fixed. `archspec explain CODE` prints one entry.
"""


def _anchor(rule: Rule) -> str:
    """The anchor that Markdown renderers give the heading of a rule."""
    return re.sub(r"[^\w -]", "", f"{rule.code}: {rule.title}".lower()).replace(" ", "-")
