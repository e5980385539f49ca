"""One client: its documents, and how it is told of what goes wrong."""

from __future__ import annotations

from traceback import format_exception
from typing import Any

from lsprotocol import types
from pygls.exceptions import FeatureRequestError
from pygls.lsp.server import LanguageServer

from archspec.server.answers import Answers
from archspec.server.documents import Documents
from archspec.server.garbage import Garbage
from archspec.server.positions import Positions
from archspec.server.protocol import Protocol
from archspec.version import __version__


class Server(LanguageServer):
    """A language server for one client."""

    def __init__(self) -> None:
        # whole texts: what goes wrong with one of them is right again with the next
        whole = types.TextDocumentSyncKind.Full
        self.documents = Documents()
        self.garbage = Garbage()
        self._has_shown_fault = False
        super().__init__("archspec", __version__, text_document_sync_kind=whole, protocol_cls=Protocol)

    @property
    def answers(self) -> Answers:
        """The conversion of answers for the client."""
        encoding = self.protocol.server_capabilities.position_encoding or types.PositionEncodingKind.Utf16
        return Answers(self.documents, Positions(str(getattr(encoding, "value", encoding))))

    def tell_fault(self, fault: Exception) -> None:
        """Report a fault of our own, after which the server goes on: each in the log, and the first to the user."""
        text = "".join(format_exception(fault))
        message = f"archspec: internal error, please report it\n{text}"
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, message))
        if not self._has_shown_fault:
            self._has_shown_fault = True
            short = f"archspec: internal error ({type(fault).__name__}), please report what its log says"
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, short))

    def tell_unreadable(self, reason: str) -> None:
        """Report a message of the client that is none."""
        message = f"archspec: expected a message of the protocol, found one that cannot be read: {reason}"
        self.window_log_message(types.LogMessageParams(types.MessageType.Warning, message))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Report a fault of pygls; where that was about a request, the request has its answer."""
        if source is not FeatureRequestError:
            self.tell_fault(error)
