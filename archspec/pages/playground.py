"""What the page without an installation asks, and its answers, as JSON: one text, and what `archspec.editor` knows of
it. Offsets count code units of UTF-16, as JavaScript does."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from archspec.diagnostics.catalogue import codes, rule
from archspec.editor import Analysis, Range, Workspace
from archspec.editor.actions import Action, actions
from archspec.editor.completion import completions
from archspec.editor.hints import hints
from archspec.editor.hover import hover
from archspec.editor.lenses import lenses
from archspec.editor.places import definition
from archspec.editor.problems import Place, Problem, problems
from archspec.editor.tokens import tokens
from archspec.errors import UsageError
from archspec.language.bundled_files import bundled_blocks, bundled_specs
from archspec.language.given import input_sizes, parameter_value
from archspec.language.words import written
from archspec.pages.drawn import drawn
from archspec.pages.network import changes, network
from archspec.pages.offsets import Offsets

Answer: TypeAlias = dict[str, Any]

VIEWS = ("picture", "summary", "changes")
"""What is made of a network where it is seen."""

_MOST_PROBLEMS = 200
"""Findings that are shown; more of them have one cause."""


class Playground:
    """The text that is open, at a path where no file need be, and the one that it is compared with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.workspace = Workspace()
        self.start = Workspace()
        self._asked: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
            "check": self.check,
            "complete": self.complete,
            "hover": self.hover,
            "define": self.define,
            "mend": self.mend,
            "bundled": self.bundled,
            "rule": self.rule,
            "html": self.html,
        }

    def answer(self, question: str) -> str:
        """The answer to a question: what it `ask`s, the `text`, and what that needs besides. A question that faults is
        answered by an `error`, and ends nothing."""
        asked = json.loads(question)
        try:
            self._put(asked)
            found = self._asked[asked["ask"]](asked)
        except Exception as fault:
            found = {"error": f"{type(fault).__name__}: {fault}"}
        return json.dumps(found)

    def check(self, asked: Mapping[str, Any]) -> Answer:
        """Everything that follows each keystroke: findings, hints, lines above, colours of expressions, the fields,
        and the network in the `views` that are seen; while the text is broken, as it was last, `old`."""
        refused = self._give(asked.get("params", {}), asked.get("size", ""))
        workspace, path = self.workspace, self.path
        try:
            analysis = workspace.analysis(path)
        except UsageError as error:
            refused["size"] = str(error)
            workspace.give(path, {})
            analysis = workspace.analysis(path)
        at = self._offsets
        found = problems(workspace, path)
        given = [one.message for one in found if one.finding.span is None]
        shown = [one for one in found if one.finding.span is not None]
        whole = Range(0, len(at.text.text))
        answer: Answer = {
            "problems": [self._problem(one) for one in shown[:_MOST_PROBLEMS]],
            "hidden": max(0, len(shown) - _MOST_PROBLEMS),
            "given": given,
            "refused": refused,
            "hints": [[at.units(one.offset), one.text, one.tooltip, one.kind] for one in hints(workspace, path, whole)],
            "lenses": [[at.units(one.range.start), one.text] for one in lenses(workspace, path)],
            "tokens": [[*at.range(one.range), one.kind] for one in tokens(workspace, path)],
            "params": [
                [one.name, written(one.default.tree) if one.default is not None else "", one.description]
                for one in analysis.spec.params.values()
            ],
            "name": analysis.spec.name,
            "network": None,
        }
        sound = workspace.sound(path)
        if sound is not None:
            views = asked.get("views", [])
            answer["old"] = sound is not analysis
            answer["network"] = network(sound, views, asked.get("levels"))
            if "changes" in views:
                answer["changes"] = self._changes(sound, asked)
        return answer

    def complete(self, asked: Mapping[str, Any]) -> Answer:
        """What fits at an offset."""
        at = self._offsets
        found = completions(self.workspace, self.path, at.characters(asked["at"]))
        return {
            "options": [
                {
                    "label": one.label,
                    "kind": one.kind,
                    "range": at.range(one.range),
                    "text": one.text,
                    "snippet": one.snippet,
                    "detail": one.detail,
                    "page": one.documentation,
                }
                for one in found
            ]
        }

    def hover(self, asked: Mapping[str, Any]) -> Answer:
        """What is told of the word at an offset, in Markdown."""
        at = self._offsets
        found = hover(self.workspace, self.path, at.characters(asked["at"]))
        return {} if found is None else {"range": at.range(found.range), "page": found.text}

    def define(self, asked: Mapping[str, Any]) -> Answer:
        """Where the thing at an offset is defined: in the text, or in a file that ships with archspec."""
        found = definition(self.workspace, self.path, self._offsets.characters(asked["at"]))
        return {"places": [self._place(place) for place in found]}

    def mend(self, asked: Mapping[str, Any]) -> Answer:
        """What can be done about the findings in a range: titles, and the edits of the text."""
        at = self._offsets
        start, end = map(at.characters, asked["range"])
        found = actions(self.workspace, self.path, Range(start, end))
        return {"actions": [self._action(one) for one in found if set(one.edits) == {self.path}]}

    def bundled(self, asked: Mapping[str, Any]) -> Answer:
        """The text of a bundled spec or block; without a `name`, what there is, specs with their families."""
        kinds = {"spec": bundled_specs, "block": bundled_blocks}
        if "name" in asked:
            file = kinds[asked["kind"]]()[asked["name"]]
            return {"text": file.read_text(encoding="utf-8")}
        specs = [[name, file.parent.name] for name, file in bundled_specs().items()]
        return {"spec": specs, "block": [*bundled_blocks()]}

    def rule(self, asked: Mapping[str, Any]) -> Answer:
        """The page of a code, in Markdown."""
        return {"page": rule(asked["code"]).page if asked["code"] in codes() else ""}

    def html(self, asked: Mapping[str, Any]) -> Answer:
        """The page of the network, one file; nothing while it is not sound."""
        analysis = self.workspace.sound(self.path)
        return {} if analysis is None or analysis.graph is None else {"html": drawn(analysis.graph).html()}

    @property
    def _offsets(self) -> Offsets:
        return Offsets.of(self.workspace.text(self.path))

    def _put(self, asked: Mapping[str, Any]) -> None:
        """Have the text of a question, if it has one, as the open one; the same is not analysed again."""
        text = asked.get("text")
        if text is not None and (self.path not in self.workspace.paths or self.workspace.text(self.path).text != text):
            self.workspace.put(self.path, text)

    def _give(self, params: Mapping[str, str], size: str) -> dict[str, str]:
        """Set parameters and the input size as typed. What is wrong with each, by its name."""
        values, refused = {}, {}
        for name, text in params.items():
            try:
                values[name] = parameter_value(name, text)
            except ValueError as error:
                refused[name] = str(error)
        sizes = None
        try:
            sizes = input_sizes(size) if size.strip() else None
        except ValueError as error:
            refused["size"] = str(error)
        self.workspace.give(self.path, values, sizes)
        return refused

    def _changes(self, sound: Analysis, asked: Mapping[str, Any]) -> str:
        """What is different from the network of the text that one started from; nothing where that has none."""
        start = asked.get("start", "")
        if self.path not in self.start.paths or self.start.text(self.path).text != start:
            self.start.put(self.path, start)
        now, then = sound.graph, self.start.analysis(self.path).graph
        return changes(then, now) if now is not None and then is not None else ""

    def _problem(self, problem: Problem) -> Answer:
        at = self._offsets
        fix = problem.finding.fix
        own = fix is not None and fix.span.source is self.workspace.analysis(self.path).source
        return {
            "range": at.range(problem.range),
            "severity": problem.severity,
            "code": problem.code,
            "message": problem.message,
            "related": [{**self._place(one.place), "label": one.label} for one in problem.related],
            "fix": [*at.range(at.text.range(fix.span)), fix.text] if fix is not None and own else None,
        }

    def _place(self, place: Place) -> Answer:
        """A place in the open text, or in another, which comes with it: a file that is installed."""
        at = Offsets.of(place.text)
        if place.path == self.path:
            return {"range": at.range(place.range)}
        try:
            text = place.text.text or self.workspace.text_of(place.path).text
        except OSError:
            text = ""
        return {"range": at.range(place.range), "file": place.path.stem, "text": text}

    def _action(self, action: Action) -> Answer:
        at = self._offsets
        edits = [[*at.range(edit.range), edit.text] for edit in action.edits[self.path]]
        return {"title": action.title, "edits": edits, "code": action.finding.code if action.finding else ""}


def ready(path: Path, names: Iterable[str] = ("resnet18",)) -> Playground:
    """A playground that has answered once: what it needs is imported, and is no garbage."""
    found = Playground(path)
    for name in names:
        text = json.loads(found.answer(json.dumps({"ask": "bundled", "kind": "spec", "name": name})))["text"]
        found.answer(json.dumps({"ask": "check", "text": text, "start": text, "views": VIEWS}))
        found.answer(json.dumps({"ask": "complete", "text": text, "at": len(text)}))
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    return found
