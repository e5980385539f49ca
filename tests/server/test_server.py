"""The server through a real client: what an editor sends, and what it gets."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_lsp = pytest.importorskip("pytest_lsp")
types = pytest.importorskip("lsprotocol.types")
JsonRpcException = pytest.importorskip("pygls.exceptions").JsonRpcException

COMMAND = [sys.executable, "-m", "archspec", "server"]

BROKEN = """
import archspec.server.server as server
from archspec.cli import run

def fails(*_):
    raise RuntimeError("a fault")

server.hover = fails
run()
"""

NETWORK = """archspec: 1
input: [3, 32, 32]
params: {width: 8}
layers:
  - conv: {name: first, channels: $width, kernel: 3}
  - residual:
      - conv: {channels: $(width), kernel: 3}
  - global_pool
  - linear: 10
"""


async def start(client: pytest_lsp.LanguageClient) -> None:
    for asked in (
        types.CLIENT_REGISTER_CAPABILITY,
        types.WORKSPACE_CODE_LENS_REFRESH,
        types.WORKSPACE_INLAY_HINT_REFRESH,
    ):
        client.feature(asked)(lambda params: None)
    capabilities = pytest_lsp.client_capabilities("visual-studio-code")
    await client.initialize_session(types.InitializeParams(capabilities=capabilities))


@pytest_lsp.fixture(config=pytest_lsp.ClientServerConfig(server_command=COMMAND))
async def client(lsp_client: pytest_lsp.LanguageClient):
    await start(lsp_client)
    yield lsp_client
    await lsp_client.shutdown_session()


@pytest_lsp.fixture(config=pytest_lsp.ClientServerConfig(server_command=[sys.executable, "-c", BROKEN, "server"]))
async def broken(lsp_client: pytest_lsp.LanguageClient):
    """A server with a fault."""
    await start(lsp_client)
    yield lsp_client
    await lsp_client.shutdown_session()


class Editor:
    """One who types: opens documents and edits them."""

    def __init__(self, client: pytest_lsp.LanguageClient) -> None:
        self.client = client
        self.version = 0

    async def open(self, path: Path, text: str) -> str:
        uri = path.as_uri()
        document = types.TextDocumentItem(uri, "yaml", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        await self.until(lambda: uri in self.client.diagnostics)
        return uri

    def edit(self, uri: str, text: str) -> None:
        self.version += 1
        document = types.VersionedTextDocumentIdentifier(self.version, uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what is to be true soon; its own failure says what was not."""
        for _ in range(500):
            if holds():
                return
            await asyncio.sleep(0.02)
        assert holds(), self.client.diagnostics

    def errors(self, uri: str) -> list[str]:
        found = self.client.diagnostics[uri]
        return [one.code for one in found if one.severity == types.DiagnosticSeverity.Error]


@pytest.mark.asyncio
async def test_a_mistake_shows_as_it_is_typed_and_goes_as_it_is_mended(client, tmp_path):
    editor = Editor(client)
    uri = await editor.open(tmp_path / "net.yaml", NETWORK)
    assert editor.errors(uri) == []
    editor.edit(uri, NETWORK.replace("kernel: 3}\n  - res", "kernal: 3}\n  - res"))
    await editor.until(lambda: editor.errors(uri) == ["A201"])
    found = client.diagnostics[uri]
    wrong = next(one for one in found if one.code == "A201")
    assert (wrong.range.start.line, wrong.range.start.character) == (4, 42)
    assert "did you mean `kernel`?" in wrong.message
    assert wrong.code_description.href.endswith("A201.md")
    editor.edit(uri, NETWORK)
    await editor.until(lambda: editor.errors(uri) == [])


@pytest.mark.asyncio
async def test_columns_are_those_of_utf_16(client, tmp_path):
    text = NETWORK.replace("archspec: 1", "archspec: 1 # 😀").replace(
        "{name: first, channels", "{name: first, # 😀\n    chanels"
    )
    text = text.replace("params: {width: 8}", "params: {width: 8}\ndescription: {'😀😀': 1}")
    editor = Editor(client)
    uri = await editor.open(tmp_path / "net.yaml", text.replace("\n", "\r\n"))
    found = {one.code: one.range for one in client.diagnostics[uri]}
    assert (found["A203"].start.character, found["A203"].end.character) == (13, 24)
    assert (found["A201"].start.line, found["A201"].start.character, found["A201"].end.character) == (6, 4, 11)


@pytest.mark.asyncio
async def test_what_extends_an_unsaved_text_is_checked_again(client, tmp_path):
    editor = Editor(client)
    base, over = tmp_path / "base.yaml", tmp_path / "over.yaml"
    base.write_text("archspec: 1\ninput: [nonsense\n")
    base_uri = await editor.open(base, NETWORK)
    over_uri = await editor.open(over, "archspec: 1\nextends: ./base.yaml\nparams: {width: 16}\n")
    assert editor.errors(over_uri) == []
    editor.edit(base_uri, NETWORK.replace("kernel: 3}\n  - global", "kernal: 3}\n  - global"))
    await editor.until(lambda: editor.errors(over_uri) == ["A201"])
    (found,) = (one for one in client.diagnostics[over_uri] if one.code == "A201")
    assert found.range.start.line == 1
    assert found.related_information[0].location.uri == base_uri
    assert found.related_information[0].location.range.start.line == 6
    editor.edit(base_uri, NETWORK)
    await editor.until(lambda: editor.errors(over_uri) == [])


@pytest.mark.asyncio
async def test_what_is_no_spec_is_left_alone(client, tmp_path):
    editor = Editor(client)
    uri = await editor.open(tmp_path / "other.yaml", "services:\n  web: {image: nginx}\n")
    assert not client.diagnostics[uri]
    asked = types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
    assert not await client.text_document_document_symbol_async(asked)


@pytest.mark.asyncio
async def test_outline_folds_and_colours(client, tmp_path):
    editor = Editor(client)
    uri = await editor.open(tmp_path / "net.yaml", NETWORK)
    document = types.TextDocumentIdentifier(uri)
    outline = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    layers = next(one for one in outline if one.name == "layers")
    assert [(one.name, one.detail) for one in layers.children][:2] == [
        ("first", "conv → 8 × 32 × 32"),
        ("residual", "→ 8 × 32 × 32"),
    ]
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(document))
    assert {(3, 8), (5, 6)} <= {(one.start_line, one.end_line) for one in folds}
    colours = await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))
    assert len(colours.data) == 2 * 5


@pytest.mark.asyncio
async def test_hints_pages_and_lenses(client, tmp_path):
    editor = Editor(client)
    uri = await editor.open(tmp_path / "net.yaml", NETWORK)
    document = types.TextDocumentIdentifier(uri)
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    hints = await client.text_document_inlay_hint_async(types.InlayHintParams(document, whole))
    assert "8 × 32 × 32" in {one.label for one in hints if one.position.line == 4}
    page = await client.text_document_hover_async(types.HoverParams(document, types.Position(4, 6)))
    assert page.contents.value.startswith("**`conv`** (op)")
    assert (page.range.start.character, page.range.end.character) == (4, 8)
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(document))
    assert any("parameters" in one.command.title for one in lenses)


@pytest.mark.asyncio
async def test_what_fits_is_offered(client, tmp_path):
    editor = Editor(client)
    uri = await editor.open(tmp_path / "net.yaml", NETWORK)
    document = types.TextDocumentIdentifier(uri)
    editor.edit(uri, NETWORK.replace("kernel: 3}\n  - res", "kernel: 3, str}\n  - res"))
    at = types.Position(4, NETWORK.splitlines()[4].index("}") + len(", str"))
    found = await client.text_document_completion_async(types.CompletionParams(document, at))
    assert "stride" in {one.label for one in found.items}
    assert "kernel" not in {one.label for one in found.items}


@pytest.mark.asyncio
async def test_places_and_renames(client, tmp_path):
    editor = Editor(client)
    uri = await editor.open(tmp_path / "net.yaml", NETWORK)
    document, use = types.TextDocumentIdentifier(uri), types.Position(6, 28)
    (place,) = await client.text_document_definition_async(types.DefinitionParams(document, use))
    assert (place.uri, place.range.start.line, place.range.start.character) == (uri, 2, 9)
    context = types.ReferenceContext(True)
    places = await client.text_document_references_async(types.ReferenceParams(context, document, use))
    assert [one.range.start.line for one in places] == [2, 4, 6]
    ready = await client.text_document_prepare_rename_async(types.PrepareRenameParams(document, use))
    assert (ready.start.character, ready.end.character) == (27, 32)
    edit = await client.text_document_rename_async(types.RenameParams(document, use, "breadth"))
    assert {one.new_text for one in edit.changes[uri]} == {"breadth"}
    assert len(edit.changes[uri]) == 3
    edit = await client.text_document_rename_async(types.RenameParams(document, types.Position(4, 20), "one"))
    (change,) = edit.document_changes
    assert {one.new_text for one in change.edits if not hasattr(one, "annotation_id")} == {"one"}
    (rule,) = (one for one in change.edits if hasattr(one, "annotation_id"))
    assert rule.new_text == "weights: {rename: {'^first\\.': 'one.'}}\n"
    assert edit.change_annotations[rule.annotation_id].needs_confirmation
    with pytest.raises(JsonRpcException, match="means something else"):
        await client.text_document_rename_async(types.RenameParams(document, use, "max"))


@pytest.mark.asyncio
async def test_a_finding_is_mended_by_an_action(client, tmp_path):
    editor = Editor(client)
    uri = await editor.open(tmp_path / "net.yaml", NETWORK.replace("kernel: 3}\n  - res", "kernal: 3}\n  - res"))
    line = types.Range(types.Position(4, 0), types.Position(4, 60))
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), line, types.CodeActionContext([]))
    found = await client.text_document_code_action_async(params)
    first = next(one for one in found if one.kind == types.CodeActionKind.QuickFix)
    assert (first.title, first.is_preferred) == ("Replace `kernal` with `kernel`", True)
    assert first.diagnostics[0].code == "A201"
    assert [one.new_text for one in first.edit.changes[uri]] == ["kernel"]
    assert [one.title for one in found if one.kind == types.CodeActionKind.SourceFixAll]


@pytest.mark.asyncio
async def test_a_mistake_in_the_settings_is_told_where_it_stands(client, tmp_path):
    editor = Editor(client)
    settings = tmp_path / "archspec.toml"
    settings.write_text('ignore = ["A708"]\nstrickt = true\n')
    await editor.open(tmp_path / "net.yaml", NETWORK)
    await editor.until(lambda: settings.as_uri() in client.diagnostics)
    (found,) = client.diagnostics[settings.as_uri()]
    assert (found.code, found.range.start.line) == ("A201", 1)
    settings.write_text('ignore = ["A708"]\n')
    change = types.FileEvent(settings.as_uri(), types.FileChangeType.Changed)
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
    await editor.until(lambda: not client.diagnostics[settings.as_uri()])


@pytest.mark.asyncio
async def test_a_fault_of_our_own_is_reported_and_survived(broken, tmp_path):
    editor = Editor(broken)
    uri = await editor.open(tmp_path / "net.yaml", NETWORK)
    document, at = types.TextDocumentIdentifier(uri), types.Position(4, 6)
    for _ in range(3):
        assert await broken.text_document_hover_async(types.HoverParams(document, at)) is None
    assert len([one for one in broken.log_messages if "RuntimeError: a fault" in one.message]) == 3
    assert len(broken.messages) == 1
    assert await broken.text_document_document_symbol_async(types.DocumentSymbolParams(document))
