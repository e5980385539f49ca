"""A difference as JSON, for programs: everything, one by one."""

from __future__ import annotations

from typing import Any

from archspec.escape import json_text
from archspec.ops.written import plain
from archspec.reports.diff.difference import Difference
from archspec.reports.diff.keys import Keys
from archspec.reports.diff.records import Change
from archspec.reports.summary.rows import Row
from archspec.reports.summary.summary import Summary

VERSION = 1
"""Raised whenever a key changes its meaning or goes away."""


def to_json(diff: Difference, names: tuple[str, str]) -> str:
    """One object. In the fields of a change, null is a default, or what is not there."""
    return json_text(as_object(diff, names))


def as_object(diff: Difference, names: tuple[str, str]) -> dict[str, Any]:
    """The same before it is a text."""
    return {
        "version": VERSION,
        "same": diff.same,
        "renamed": diff.renamed,
        "before": side(names[0], diff.before, diff.fingerprints[0]),
        "after": side(names[1], diff.after, diff.fingerprints[1]),
        "parts": [{"before": _row(part.before), "after": _row(part.after)} for part in diff.parts],
        "changes": [_change(change) for change in diff.changes],
        "reshaped": diff.reshaped,
        "keys": _keys(diff.keys),
    }


def side(spec: str, summary: Summary, fingerprint: str) -> dict[str, Any]:
    """A network as a whole, under the name of its spec."""
    return {
        "spec": spec,
        "name": summary.name,
        "fingerprint": fingerprint,
        "inputs": plain(summary.inputs),
        "outputs": plain(summary.outputs),
        "constraints": summary.constraints,
        "params": summary.params,
        "buffers": summary.buffers,
        "macs": plain(summary.macs),
    }


def _row(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {name: plain(getattr(row, name)) for name in ("path", "op", "shape", "params", "macs", "times")}


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "what": change.what,
        "before": change.before,
        "after": change.after,
        "everywhere": change.everywhere,
        "params": {"before": change.params[0], "after": change.params[1]},
        "fields": {f.name: {"before": plain(f.before), "after": plain(f.after)} for f in change.fields},
    }


def _keys(keys: Keys) -> dict[str, Any]:
    return {
        "loads": keys.loads,
        "loads_renamed": keys.loads_renamed,
        "survive": keys.survive,
        "reshaped": {key.key: {"before": key.before, "after": key.after} for key in keys.reshaped},
        "vanish": keys.vanish,
        "appear": keys.appear,
        "loads_by_rules": keys.by_rules,
        "renamed": dict(keys.renamed),
        "renames": dict(keys.renames),
        "misplaced": keys.misplaced,
    }
