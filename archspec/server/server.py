"""What the server can do, and which function of `archspec.editor` answers each question."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcException

from archspec.editor.actions import actions
from archspec.editor.completion import completions
from archspec.editor.hints import hints
from archspec.editor.hover import hover
from archspec.editor.lenses import lenses
from archspec.editor.outline import folds, symbols
from archspec.editor.places import definition, references
from archspec.editor.problems import problems
from archspec.editor.rename import Refused, prepare, rename
from archspec.editor.text import Text
from archspec.editor.tokens import tokens
from archspec.server.answers import TOKENS, Answers
from archspec.server.checks import Checks
from archspec.server.protocol import NUMBER
from archspec.server.session import Server

P = TypeVar("P")
R = TypeVar("R")

Asked: TypeAlias = Any
"""The parameters of a request about a document: they have a `text_document`."""


def new_server() -> Server:
    """A server with all its features, which does not run yet."""
    server = Server()
    checks = Checks(server)
    _follow(server, checks)
    _watch(server, checks)
    _read(server)
    _write(server)
    return server


def _survived(server: Server, handle: Callable[[P], R]) -> Callable[[P], R | None]:
    """A handler whose faults are reported, and end nothing."""

    @wraps(handle)
    def guarded(params: P) -> R | None:
        try:
            return handle(params)
        except JsonRpcException:
            raise  # an answer: what was asked for cannot be done
        except Exception as fault:
            server.tell_fault(fault)
            return None

    return guarded


def _follow(server: Server, checks: Checks) -> None:
    """Documents: opened, edited, saved, closed."""
    documents = server.documents

    def opened(params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        checks.now(documents.open(document.uri, document.text, document.version))

    def edited(params: types.DidChangeTextDocumentParams) -> None:
        document, positions = params.text_document, server.answers.positions
        path = documents.edit(document.uri, params.content_changes, document.version, positions)
        if path is not None:
            checks.soon(path)

    def saved(params: types.DidSaveTextDocumentParams) -> None:
        checks.soon(documents.path(params.text_document.uri))

    def closed(params: types.DidCloseTextDocumentParams) -> None:
        path = documents.close(params.text_document.uri)
        if path is not None:
            checks.clear(params.text_document.uri)
            checks.soon(path)

    for name, handle in (
        (types.TEXT_DOCUMENT_DID_OPEN, opened),
        (types.TEXT_DOCUMENT_DID_CHANGE, edited),
        (types.TEXT_DOCUMENT_DID_SAVE, saved),
        (types.TEXT_DOCUMENT_DID_CLOSE, closed),
    ):
        server.feature(name)(_survived(server, handle))


def _watch(server: Server, checks: Checks) -> None:
    """Files that change on disk, where the client watches them."""
    watched = types.FileSystemWatcher("**/{*.yaml,*.yml,archspec.toml,pyproject.toml}")

    def initialized(_: types.InitializedParams) -> None:
        can = server.client_capabilities.workspace
        if can is None or can.did_change_watched_files is None or not can.did_change_watched_files.dynamic_registration:
            return
        options = types.DidChangeWatchedFilesRegistrationOptions([watched])
        wanted = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        server.client_register_capability(types.RegistrationParams([wanted]))

    def changed(params: types.DidChangeWatchedFilesParams) -> None:
        workspace = server.documents.workspace
        for change in params.changes:
            path = server.documents.path(change.uri)
            workspace.changed(path)
            for other in workspace.paths if path.suffix == ".toml" else (path,):
                checks.soon(other)

    server.feature(types.INITIALIZED)(_survived(server, initialized))
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(_survived(server, changed))


def _asks(server: Server, name: str, answer: Callable[[Asked, Path, Text, Answers], Any], options: Any = None) -> None:
    """Answer questions about open documents; one that is none of ours has no answers."""

    def answered(params: Asked) -> Any:
        document = server.documents.known(params.text_document.uri)
        if document is None:
            return None
        is_placed = hasattr(params, "position") or isinstance(params, types.CodeActionParams)
        if is_placed and document.edited > NUMBER.get():
            raise JsonRpcContentModified  # the place was one of another text
        return answer(params, document.path, server.documents.workspace.text(document.path), server.answers)

    guarded = _survived(server, answered)

    async def handle(params: Asked) -> Any:
        # not before all that has arrived is read, which may take the question back
        server.garbage.collect_soon()
        return guarded(params)

    server.feature(name, options)(handle)


def _read(server: Server) -> None:
    """Questions about what stands in a document."""

    def asks(name: str, answer: Callable[[Asked, Path, Text, Answers], Any], options: Any = None) -> None:
        _asks(server, name, answer, options)

    workspace = server.documents.workspace
    asks(
        types.TEXT_DOCUMENT_DOCUMENT_SYMBOL,
        lambda _, path, text, answers: [answers.symbol(one, text) for one in symbols(workspace, path)],
    )
    asks(
        types.TEXT_DOCUMENT_FOLDING_RANGE,
        lambda _, path, text, answers: [answers.fold(one, text) for one in folds(workspace, path)],
    )
    asks(
        types.TEXT_DOCUMENT_CODE_LENS,
        lambda _, path, text, answers: [answers.lens(one, text) for one in lenses(workspace, path)],
    )
    asks(
        types.TEXT_DOCUMENT_INLAY_HINT,
        lambda asked, path, text, answers: [
            answers.hint(one, text) for one in hints(workspace, path, answers.positions.range(text, asked.range))
        ],
    )

    def told(asked: types.HoverParams, path: Path, text: Text, answers: Answers) -> types.Hover | None:
        found = hover(workspace, path, answers.positions.offset(text, asked.position))
        return None if found is None else answers.hover(found, text)

    asks(types.TEXT_DOCUMENT_HOVER, told)
    asks(
        types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
        lambda _, path, text, answers: answers.tokens(tokens(workspace, path), text),
        types.SemanticTokensLegend([*TOKENS], []),
    )

    def defined(asked: types.DefinitionParams, path: Path, text: Text, answers: Answers) -> list[types.Location]:
        found = definition(workspace, path, answers.positions.offset(text, asked.position))
        return [answers.location(place) for place in found]

    def referred(asked: types.ReferenceParams, path: Path, text: Text, answers: Answers) -> list[types.Location]:
        offset = answers.positions.offset(text, asked.position)
        found = references(workspace, path, offset, asked.context.include_declaration)
        return [answers.location(place) for place in found]

    asks(types.TEXT_DOCUMENT_DEFINITION, defined)
    asks(types.TEXT_DOCUMENT_REFERENCES, referred)


def _write(server: Server) -> None:
    """Questions about what is to be written into a document."""
    workspace = server.documents.workspace

    def completed(asked: types.CompletionParams, path: Path, text: Text, answers: Answers) -> types.CompletionList:
        can = server.client_capabilities.text_document
        items = can.completion.completion_item if can is not None and can.completion is not None else None
        snippets = bool(items is not None and items.snippet_support)
        found = completions(workspace, path, answers.positions.offset(text, asked.position))
        return types.CompletionList(
            False, [answers.completion(one, text, number, snippets) for number, one in enumerate(found)]
        )

    def prepared(asked: types.PrepareRenameParams, path: Path, text: Text, answers: Answers) -> types.Range | None:
        found = prepare(workspace, path, answers.positions.offset(text, asked.position))
        return None if found is None else answers.positions.span(text, found)

    def renamed(asked: types.RenameParams, path: Path, text: Text, answers: Answers) -> types.WorkspaceEdit:
        found = rename(workspace, path, answers.positions.offset(text, asked.position), asked.new_name)
        if isinstance(found, Refused):
            raise JsonRpcException(found.reason, _REFUSED)
        can = server.client_capabilities.workspace
        asks = can is not None and can.workspace_edit is not None and can.workspace_edit.change_annotation_support
        texts = {one: workspace.text_of(one) for one in {**found.edits, **(found.keeping or {})}}
        if found.keeping is None or not asks:
            return answers.edits(found.edits, texts)
        return answers.offered({**dict.fromkeys(found.keeping, ()), **found.edits}, found.keeping, texts)

    def mended(asked: types.CodeActionParams, path: Path, text: Text, answers: Answers) -> list[types.CodeAction]:
        found, only = actions(workspace, path, answers.positions.range(text, asked.range)), asked.context.only
        wanted = [one for one in found if only is None or any(one.kind.startswith(kind) for kind in only)]
        told = problems(workspace, path) if wanted else ()
        return [
            answers.action(one, told, {path: text, **{other: workspace.text_of(other) for other in one.edits}})
            for one in wanted
        ]

    triggers = types.CompletionOptions(trigger_characters=[*":$-{[, "])
    _asks(server, types.TEXT_DOCUMENT_COMPLETION, completed, triggers)
    kinds = types.CodeActionOptions([types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll])
    _asks(server, types.TEXT_DOCUMENT_CODE_ACTION, mended, kinds)
    _asks(server, types.TEXT_DOCUMENT_PREPARE_RENAME, prepared)
    _asks(server, types.TEXT_DOCUMENT_RENAME, renamed, types.RenameOptions(prepare_provider=True))


_REFUSED = -32803
"""The code of the protocol for a request that is understood and cannot be done: RequestFailed."""
