"""Findings of every kind, for all formats."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from archspec.diagnostics import Diagnostic, Fix, Related, Source, Span
from archspec.diagnostics.formats import Findings

SPEC = Source(
    "specs/my.yaml",
    "archspec: 1\nname: my\nlayers:\n  - conv:\n      chanels: 64\n  - wide: 12\n  - act\n",
    Path("specs/my.yaml"),
)
BLOCKS = Source("specs/blocks.yaml", "archspec: 1\nblocks:\n  wide:\n    layers: [act]\n")
STRANGE = Source("specs/100%, really: \x1b[31mred.yaml", "name: ü\n")
MISSING = Source("specs/missing.yaml", "")

TYPO = Diagnostic(
    "A201",
    "`conv` has no argument `chanels`",
    Span(SPEC, 5, 7, 5, 14),
    "",
    "did you mean `channels`?",
    fix=Fix(Span(SPEC, 5, 7, 5, 14), "channels"),
)
CALL = Diagnostic(
    "A412",
    "residual branches disagree: body gives 128 × 28 × 28, shortcut 64 × 56 × 56",
    Span(SPEC, 6, 5, 6, 9),
    "in block `wide`, called here",
    "use `shortcut: auto`,\nor leave it out",
    (Related(Span(BLOCKS, 3, 3, 3, 7), "here"), Related(Span(BLOCKS, 3, 3, 3, 7), "here")),
)
SHADOW = Diagnostic("A306", "the block `wide` shadows the bundled one", Span(BLOCKS, 3, 3, 3, 7), severity="warning")
LONG = Diagnostic("A205", "expected a node, found a mapping", Span(SPEC, 4, 5, 5, 18))
ODD = Diagnostic("A311", "100% wrong: \x1b[2J\r", Span(STRANGE, 1, 7, 1, 7), "\x07", "a\n\x00b")
UNREADABLE = Diagnostic("A112", "cannot read `specs/missing.yaml`: it is not there", Span(MISSING, 1, 1, 1, 1))
NOWHERE = Diagnostic("A301", "`defaults` names `cnv`, which is not an op or a block")
PLUGIN = Diagnostic("X999", "a code that a plugin made up", Span(SPEC, 7, 5, 7, 8))

NOTHING = Findings(("specs/my.yaml", "specs/other.yaml"), ())
ALL = Findings(
    ("specs/my.yaml", "specs/other.yaml", "specs/missing.yaml"),
    (SHADOW, TYPO, TYPO, CALL, LONG, ODD, UNREADABLE, NOWHERE, PLUGIN),
)

_texts = st.text(st.characters(), max_size=20)
_names = st.sampled_from(["a.yaml", "./b/../c d.yaml", "/outside/é.yaml", "<text>", "<stdin>", "?#.yaml"]) | _texts
_sources = st.builds(Source, _names, _texts)


@st.composite
def _spans(draw: st.DrawFn) -> Span:
    line, column, lines = draw(st.integers(1, 9)), draw(st.integers(1, 9)), draw(st.integers(0, 1))
    return Span(draw(_sources), line, column, line + lines, column + draw(st.integers(0, 9)))


_diagnostics = st.builds(
    Diagnostic,
    st.sampled_from(["A201", "A306", "A999"]),
    _texts.filter(bool),
    st.none() | _spans(),
    _texts,
    _texts,
    st.lists(st.builds(Related, _spans(), _texts), max_size=2).map(tuple),
    st.sampled_from(["error", "warning"]),
    st.none() | st.builds(Fix, _spans(), _texts),
)
any_findings = st.builds(
    Findings, st.lists(_names, max_size=3).map(tuple), st.lists(_diagnostics, max_size=4).map(tuple)
)
"""Whatever texts there may be in them."""
