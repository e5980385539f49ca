"""What pygls leaves open in the protocol: every request has an answer, and its own copies of documents are not kept."""

from __future__ import annotations

from contextvars import ContextVar
from itertools import count
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest, JsonRpcServerNotInitialized
from pygls.protocol import LanguageServerProtocol

NUMBER: ContextVar[int] = ContextVar("number", default=0)
"""The number of the message that is being handled, in the order in which they came."""

_OWN = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
)
"""What the server does itself, or not at all: pygls stops at odd names, and at edits of what is not open."""


class Protocol(LanguageServerProtocol):
    """The protocol of one client."""

    def __init__(self, server: Any, converter: Any) -> None:
        super().__init__(server, converter)
        self._numbers = count(1)
        for name in _OWN:
            del self.fm.builtin_features[name]

    def handle_message(self, message: Any) -> None:
        """Handle a message that comes when it may."""
        NUMBER.set(next(self._numbers))
        method = getattr(message, "method", types.INITIALIZE)
        if self._workspace is None and method not in (types.INITIALIZE, types.EXIT):
            self._refuse(message, JsonRpcServerNotInitialized("expected `initialize` first"))
        elif self._shutdown and method != types.EXIT:
            self._refuse(message, JsonRpcInvalidRequest("expected `exit` after `shutdown`"))
        else:
            if method == types.INITIALIZE and hasattr(message, "params"):
                # folders are not used, and pygls stops at names of them that are no URIs
                message.params.root_path = message.params.root_uri = message.params.workspace_folders = None
            super().handle_message(message)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A message from its parts; one that cannot be read is answered before `JsonRpcException` is raised."""
        try:
            return super().structure_message(data)
        except JsonRpcException as fault:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=fault.to_response_error())
            raise

    def _refuse(self, message: Any, reason: JsonRpcException) -> None:
        if hasattr(message, "id"):
            self._send_response(message.id, error=reason.to_response_error())
