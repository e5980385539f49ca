"""What of some weights fits a network."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from html import escape

from archspec.escape import escaped, lines
from archspec.records import record
from archspec.weights.messages import printable, size
from archspec.weights.suggest import Suggestion

ROWS_SHOWN = 10
"""How many rows of each kind a table shows: enough to see the pattern."""

_FEW = 4
"""How many keys a row names."""

_Row = tuple[str, str, str]


@record
class Mismatch:
    """A key that both have, with the shapes of the file and of the network; `reason` says what else differs."""

    key: str
    found: tuple[int, ...]
    wanted: tuple[int, ...]
    reason: str = ""


@record
class WeightsReport:
    """What of some weights fits a network: keys in the order of the network, or of the file.

    Every key of the network is `loaded`, `missing`, `mismatched`, `tied` to one that is loaded, or one of the
    `counters` of batch normalization that old files lack. Every key of the file, after all rules, is loaded, mismatched
    or `unexpected`. `adapted` are the loaded weights whose input channels were adapted, `converted` maps the loaded
    ones that have another dtype in the network to the dtypes in file and network.

    Rules have `ignored` keys of the file, `renamed` them to what they became, `transposed` tensors, `added` numbers and
    `split` some into others; they have `concatenated` weights of the network from others, and `reshaped` some from one
    shape to another. `idle` are the given patterns that changed none.

    `nearest` has for what is missing or unexpected the most similar key of the other side, `suggestion` are further
    renames that would help, and `remedies` maps further options, and rules for the spec, to the keys that they would
    make fit. `obstacles` says of keys why an option that was given does not, and `unused` are options that were given
    for other keys. With `partial`, what does not fit is left out. `entry` names the entry of a checkpoint that the keys
    are from, empty where they are the file's own, and `others` those that could be taken as well.

    `str(report)` is a table of all that is not simply loaded.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    mismatched: tuple[Mismatch, ...] = ()
    adapted: tuple[Mismatch, ...] = ()
    counters: tuple[str, ...] = ()
    tied: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    transposed: tuple[str, ...] = ()
    added: Mapping[str, float] = field(default_factory=dict)
    split: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    concatenated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reshaped: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=dict)
    nearest: Mapping[str, str] = field(default_factory=dict)
    converted: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    idle: tuple[str, ...] = ()
    suggestion: Suggestion | None = None
    remedies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    obstacles: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    partial: bool = False
    entry: str = ""
    others: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the two hold the same."""
        return not (self.missing or self.unexpected or self.mismatched)

    @property
    def fits(self) -> bool:
        """Whether loading succeeds: where the two hold the same, or with `partial` where anything fits."""
        return self.complete or (self.partial and bool(self.loaded))

    def __str__(self) -> str:
        rows = [*self._misfits(), *(self._changes() if self.fits else ())]
        widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
        table = [f"  {kind:{widths[0]}}  {key:{widths[1]}}  {note}".rstrip() for kind, key, note in rows]
        return lines([*([self._head()] if self.fits else ()), *table, *self._help()])

    def _repr_html_(self) -> str:
        """The same as a notebook shows it."""
        return f"<pre>{escape(str(self))}</pre>"

    def _head(self) -> str:
        count = len(self.loaded)
        total = count + len(self.missing) + len(self.mismatched)
        loaded = set(self.loaded)
        renamed = sum(new in loaded for new in self.renamed.values())
        what = f"all {count:,} tensors fit" if count == total else f"{count:,} of {total:,} tensors fit"
        what = "1 tensor fits" if count == total == 1 else what
        return what + (f", {renamed:,} of them renamed" if renamed else "")

    def _misfits(self) -> Iterable[_Row]:
        fate = ("initialized", "left out") if self.partial else ("", "")
        yield from _cut("missing", {key: self._note(fate[0], key) for key in self.missing})
        yield from _cut("unexpected", {key: self._note(fate[1], key) for key in self.unexpected})
        for kind, of_kind in (("other shape", False), ("other values", True)):
            found = [mismatch for mismatch in self.mismatched if bool(mismatch.reason) == of_kind]
            yield from _cut(kind, {mismatch.key: self._reason(mismatch) for mismatch in found})

    def _note(self, fate: str, key: str) -> str:
        near = f"nearest: {printable(self.nearest[key])}" if key in self.nearest else ""
        return "; ".join(filter(None, (fate, near)))

    def _reason(self, mismatch: Mismatch) -> str:
        if mismatch.reason:
            return mismatch.reason + ("; initialized" if self.partial else "")
        found, wanted = size(mismatch.found), size(mismatch.wanted)
        return f"{found} → {wanted}, initialized" if self.partial else f"{wanted} in the network, {found} in the file"

    def _changes(self) -> Iterable[_Row]:
        """What is loaded in another way than value for value, and what is not."""
        if self.ignored:
            yield "ignored", _tensors(len(self.ignored)), _listed(self.ignored, _FEW)
        if self.transposed:
            yield "transposed", _tensors(len(self.transposed)), _listed(self.transposed, _FEW)
        for number in dict.fromkeys(self.added.values()):
            keys = [key for key, added in self.added.items() if added == number]
            yield f"added {number:g}", _tensors(len(keys)), _listed(keys, _FEW)
        yield from _cut("split", {key: f"into {_listed(parts, _FEW)}" for key, parts in self.split.items()})
        yield from _cut("joined", {key: f"of {_listed(parts, _FEW)}" for key, parts in self.concatenated.items()})
        yield from _cut("reshaped", {key: f"{size(old)} → {size(new)}" for key, (old, new) in self.reshaped.items()})
        if self.tied:
            yield "tied", _tensors(len(self.tied)), f"{_listed(self.tied, _FEW)}, which the file has under another key"
        yield from _cut("adapted", {m.key: f"{size(m.found)} → {size(m.wanted)}, {m.reason}" for m in self.adapted})
        for (found, wanted), count in Counter(self.converted.values()).items():
            yield "converted", _tensors(count), f"{found} in the file, {wanted} in the network"
        if self.counters:
            counters = f"{len(self.counters):,} × num_batches_tracked"
            yield "missing", counters, "as in files from before torch 0.4.1; they start at 0"

    def _help(self) -> Iterable[str]:
        if self.entry:
            yield f"  note: these are the weights of the entry `{printable(self.entry)}`" + self._choice()
        for pattern in self.idle[:ROWS_SHOWN]:
            yield f"  note: the rename `{printable(pattern)}` changes no key"
        if more := len(self.idle[ROWS_SHOWN:]):
            yield f"  note: {more:,} more " + ("rename changes no key" if more == 1 else "renames change no key")
        for option in self.unused:
            yield f"  note: `{option}` changes nothing here: it is for {_FOR[option]}"
        if self.partial and not self.loaded:
            yield "  note: `--partial` loads what fits, and here nothing does"
        for key, reason in list(self.obstacles.items())[:ROWS_SHOWN]:
            yield f"  note: `{printable(key)}` cannot be adapted: {reason}"
        if self.suggestion is not None:
            renames, gain = self.suggestion
            options = [f"--rename {escaped(shlex.quote(f'{old}={new}'))}" for old, new in renames]
            yield f"  help: `{' '.join(options)}` would make {gain:,} more fit"
        for option, keys in self.remedies.items():
            yield f"  help: {_remedy(option, keys)}"
        if self.loaded and not self.fits:
            rest = len(self.missing) + len(self.mismatched)
            others = f" and initialize the other {rest:,}" if rest else ""
            yield f"  help: `--partial` would load {_tensors(len(self.loaded))}{others}"

    def _choice(self) -> str:
        return f"; `--key` takes another: {_listed(self.others)}" if self.others else ""


_FOR = {
    "--adapt-in-channels": "convolutions on the input, without groups",
    "--adapt-positions": "position embeddings of another number of positions",
}
"""What options are for that may be given in vain."""


def _remedy(option: str, keys: Sequence[str]) -> str:
    if option.startswith("--adapt"):
        return f"`{option}` would adapt {_listed(keys)}"
    if not option.startswith("--"):
        return f"the rule `{option}` in `weights` of the spec would make {_listed(keys)} fit"
    if option.startswith("--in-channels"):
        return f"`{option}` would give the network the input channels of {_listed(keys)}"
    return f"`{option}` would make {len(keys):,} more fit"


def _cut(kind: str, notes: Mapping[str, str]) -> Iterable[_Row]:
    """The first rows of a kind, and how many more there are."""
    for key in list(notes)[:ROWS_SHOWN]:
        yield kind, printable(key), notes[key]
    if len(notes) > ROWS_SHOWN:
        yield kind, f"… and {len(notes) - ROWS_SHOWN:,} more", ""


def _listed(keys: Sequence[str], most: int = ROWS_SHOWN) -> str:
    """`a`, `b` and 3 more."""
    more = f" and {len(keys) - most:,} more" if len(keys) > most else ""
    return ", ".join(f"`{printable(key)}`" for key in keys[:most]) + more


def _tensors(count: int) -> str:
    return f"{count:,} tensor{'s' * (count != 1)}"
