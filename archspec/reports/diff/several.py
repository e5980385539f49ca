"""What changed in a folder of specs: those that are other than before, the added, the removed and the broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, Literal, NamedTuple

from archspec.escape import inline, json_text, lines
from archspec.records import record
from archspec.reports.diff import markdown as single
from archspec.reports.diff import sentences
from archspec.reports.diff.difference import Difference
from archspec.reports.diff.json import VERSION, as_object, side
from archspec.reports.diff.text import plain_text
from archspec.reports.summary.summary import Summary
from archspec.reports.table import Code, Table, columns, markdown_code
from archspec.reports.table import markdown as pipes
from archspec.types.figures import number

Status = Literal["changed", "added", "removed", "broken"]

_SIGNS: dict[Status, str] = {"changed": "~", "added": "+", "removed": "-", "broken": "!"}
_HEADER = ("", "spec", "params", "MACs", "old checkpoint")
_COMMENT = 60_000
"""Characters of a comment: GitHub takes 65,536, and a table that is cut needs some."""

_REASON = 300
"""Characters of what is told of a spec that does not compile: a table of them has to fit as well."""


class Broken(NamedTuple):
    """A spec that does not compile, with the first reason."""

    reason: str


@record
class Pair:
    """A spec that differs: its path in the folder, what messages call it on each side, and what it is there; None where
    it is not. `diff` is there for one that compiles on both sides."""

    path: str
    names: tuple[str, str]
    before: Summary | Broken | None
    after: Summary | Broken | None
    fingerprints: tuple[str, str]
    diff: Difference | None = None

    @property
    def status(self) -> Status:
        """What happened to it."""
        if isinstance(self.before, Broken) or isinstance(self.after, Broken):
            return "broken"
        return "added" if self.before is None else "removed" if self.after is None else "changed"


@record
class Several:
    """All specs of two folders that differ, in order, and how many are the same."""

    names: tuple[str, str]
    pairs: tuple[Pair, ...]
    unchanged: int

    @property
    def told(self) -> str:
        """One line: how many specs changed, and how."""
        counts = Counter(pair.status for pair in self.pairs)
        told = [f"{counts[status]:,} {status}" for status in _SIGNS if counts[status]]
        return ", ".join([*told, f"{self.unchanged:,} unchanged"])


class _Row(NamedTuple):
    sign: str
    path: str
    params: str
    macs: str
    fate: str


def _rows(pairs: Iterable[Pair]) -> Iterator[_Row]:
    for pair in pairs:
        known = [side for side in (pair.before, pair.after) if isinstance(side, Summary)]
        if pair.diff is not None:
            params, macs = ([row.before, row.after, row.by] for row in list(sentences.totals(pair.diff))[:2])
            costs = (_change(*params), _change(*macs))
        else:
            costs = (number(known[0].params) or "0", number(known[0].macs) or "0") if known else ("", "")
        yield _Row(_SIGNS[pair.status], pair.path, *costs, _fate(pair))


def _change(before: str, after: str, by: str) -> str:
    return before if before == after else f"{before} → {after}" + (f" ({by})" if by else "")


def _fate(pair: Pair) -> str:
    """What becomes of the checkpoint, or why nothing can be said."""
    if pair.diff is not None:
        return sentences.verdict(pair.diff)
    sides = (("before", pair.before), ("after", pair.after))
    broken = [f"does not compile {when}: {_short(side.reason)}" for when, side in sides if isinstance(side, Broken)]
    absent = [f"is not there {when}" for when, side in sides if broken and side is None]
    return "; ".join(broken + absent) or pair.status


def _short(reason: str) -> str:
    return reason if len(reason) <= _REASON else f"{reason[: _REASON - 1]}…"


def several_text(found: Several) -> str:
    """A table of all specs that differ, then what changed in each."""
    one, two = found.names
    if not found.pairs:
        return lines([f"{one} → {two}: the same architectures, {found.told}"])
    table = columns([_HEADER, *map(tuple, _rows(found.pairs))])
    blocks = [lines([f"{one} → {two}: {found.told}"]), lines(table)]
    blocks += [plain_text(pair.diff, pair.names) for pair in found.pairs if pair.diff is not None]
    return "\n\n".join(blocks)


def several_markdown(found: Several) -> str:
    """The table, and a section that opens for each spec that changed, as many as a comment holds."""
    one, two = map(markdown_code, found.names)
    head = f"### Architectures: {one} → {two}\n\n**{found.told[:1].upper()}{found.told[1:]}.**"
    if not found.pairs:
        return head
    rows: list[tuple[str | Code, ...]] = [
        (row.sign, Code((row.path,)), row.params, row.macs, Code((row.fate,)) if row.sign == "!" else row.fate)
        for row in _rows(found.pairs)
    ]
    shown = rows[: single.ROWS_SHOWN]
    if len(rows) > len(shown):
        shown.append(("…", f"{len(rows) - len(shown):,} more", "", "", ""))
    parts = [head, pipes(Table(_HEADER, tuple(shown)))]
    left, hidden = _COMMENT - sum(map(len, parts)), 0
    for pair in found.pairs:
        if pair.diff is not None:
            part = single.section(f"<code>{escape(inline(pair.path))}</code>", single.body(pair.diff))
            if len(part) > left:
                hidden += 1
                continue
            parts.append(part)
            left -= len(part)
    if hidden:
        parts.append(f"{hidden:,} more changed, which would not fit here")
    return "\n\n".join(parts)


def several_json(found: Several) -> str:
    """One object, with all that there is to tell of each spec that differs."""
    specs = [
        {
            "path": pair.path,
            "status": pair.status,
            "before": _side(pair, 0),
            "after": _side(pair, 1),
            "diff": None if pair.diff is None else as_object(pair.diff, pair.names),
        }
        for pair in found.pairs
    ]
    before, after = found.names
    head = {"version": VERSION, "same": not specs, "before": {"spec": before}, "after": {"spec": after}}
    return json_text({**head, "unchanged": found.unchanged, "specs": specs})


def _side(pair: Pair, at: int) -> dict[str, Any] | None:
    found = (pair.before, pair.after)[at]
    if isinstance(found, Summary):
        return side(pair.names[at], found, pair.fingerprints[at])
    return None if found is None else {"spec": pair.names[at], "error": found.reason}
