"""When texts are checked: soon after the last of several edits, and those that depend on them too.

What is found is pushed, also to clients that would ask for it: one edit changes what is found in several documents, and
in files of settings that are not open.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from lsprotocol import types

from archspec.editor.problems import problems, settings_problems
from archspec.server.session import Server

DELAY = 0.03
"""Seconds without another edit after which a text is checked: less than between two keystrokes."""


class Checks:
    """The checks that are due, by path, and what was published."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._due: dict[Path, asyncio.TimerHandle] = {}
        self._settings: set[Path] = set()

    def soon(self, path: Path) -> None:
        """Check an open text once no edit has come for a while."""
        self.forget(path)
        self._due[path] = asyncio.get_running_loop().call_later(DELAY, self.now, path)

    def forget(self, path: Path) -> None:
        """Do not check a text that was to be."""
        due = self._due.pop(path, None)
        if due is not None:
            due.cancel()

    def now(self, path: Path) -> None:
        """Check a file, if it is open, and every open one that is read from it; a fault in one check ends no other."""
        self.forget(path)
        try:
            affected = self._server.documents.workspace.affected(path)
        except Exception as fault:
            self._server.tell_fault(fault)
            affected = (path,)
        for other in affected:
            try:
                self._publish(other)
            except Exception as fault:
                self._server.tell_fault(fault)
        self._publish_settings()
        if any(other != path for other in affected):
            self._refresh()
        self._server.garbage.collect_soon()

    def clear(self, uri: str) -> None:
        """Take back what was published of a document that is closed."""
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def _publish(self, path: Path) -> None:
        """Tell what is wrong in each open document of a file: under its own name, and in its own text."""
        answers = self._server.answers
        documents = answers.documents
        workspace = documents.workspace
        for document in documents.of(path):
            documents.turn_to(document)
            text = workspace.text(path)
            found = problems(workspace, path) if documents.is_ours(document) else ()
            told = [answers.diagnostic(problem, text) for problem in found]
            params = types.PublishDiagnosticsParams(document.uri, told, document.version)
            self._server.text_document_publish_diagnostics(params)

    def _publish_settings(self) -> None:
        """Tell what is wrong in files of settings, and take back what was."""
        answers = self._server.answers
        found = settings_problems(answers.documents.workspace)
        for path in self._settings - set(found):
            self._server.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(answers.documents.uri(path), [])
            )
        for path, (text, wrong) in found.items():
            told = [answers.diagnostic(problem, text) for problem in wrong]
            self._server.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(answers.documents.uri(path), told)
            )
        self._settings = set(found)

    def _refresh(self) -> None:
        """Let the client ask anew for what it shows of other documents than the one that was edited."""
        can = self._server.client_capabilities.workspace
        if can is not None and can.inlay_hint is not None and can.inlay_hint.refresh_support:
            self._server.workspace_inlay_hint_refresh(None)
        if can is not None and can.code_lens is not None and can.code_lens.refresh_support:
            self._server.workspace_code_lens_refresh(None)
