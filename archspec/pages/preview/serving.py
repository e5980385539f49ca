"""One page over HTTP, to browsers on this machine alone."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from urllib.parse import parse_qs, urlsplit

from archspec.errors import UsageError

HOST = "127.0.0.1"
_PATIENCE = 20.0
"""Seconds after which a page that waits for news is told that there are none, and asks again."""

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Serving:
    """A server of one page on the loopback interface. What it shows is given to `show`; it answers until `close`.

    A page of another site that a browser has open can send requests here too: only those are answered that name this
    machine as their host, and come from this page or from the address bar.
    """

    def __init__(self, port: int = 0) -> None:
        """Listen on a port, or on any that is free. Raises `UsageError` where it is taken."""
        self._news = threading.Condition()
        self._number = 0
        self._state = b"{}"
        self._page = b""
        self._closed = False
        try:
            self._server = _Server((HOST, port), partial(_Handler, self))
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "there is no such port"
            raise UsageError(f"cannot listen on port {port}: {reason}") from None
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.port}/"

    def show(self, state: str, page: str) -> None:
        """Show something else from now on: what is told beside the picture, as JSON, and the page with the picture."""
        with self._news:
            self._number += 1
            self._state, self._page = state.encode(), page.encode()
            self._news.notify_all()

    def close(self) -> None:
        """Stop answering."""
        with self._news:
            self._closed = True
            self._news.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def news(self, after: int) -> tuple[int, bytes] | None:
        """What is shown, and its number, once that is another than `after`; None where it stays for long."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self._number != after, _PATIENCE)
            return (self._number, self._state) if self._number != after and not self._closed else None

    @property
    def page(self) -> bytes:
        """The page with the picture."""
        return self._page


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that leaves in the middle of an answer is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "archspec"
    sys_version = ""
    timeout = 60

    def __init__(self, serving: Serving, *args: object) -> None:
        self._serving = serving
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """The frame of the page, the page in it, or what is new."""
        if (status := self._refusal()) is not None:
            self._answer(status, b"", {})
            return
        url = urlsplit(self.path)
        if url.path == "/":
            nonce = secrets.token_urlsafe(16)
            text = resources.files(__package__).joinpath("frame.html").read_text("utf-8").replace("NONCE", nonce)
            own = f"script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'"
            more = "connect-src 'self'; frame-src 'self'; img-src data:"
            self._answer(HTTPStatus.OK, text.encode(), _html(f"{_NOTHING}; {own}; {more}"))
        elif url.path == "/picture":
            # it says itself what it may do; here it gets an origin of its own, from which nothing can be reached
            policy = "frame-ancestors 'self'; sandbox allow-scripts allow-downloads allow-modals"
            self._answer(HTTPStatus.OK, self._serving.page, _html(policy))
        elif url.path == "/news":
            self._tell_news(parse_qs(url.query).get("after", ["0"])[0])
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"", {})

    def do_HEAD(self) -> None:
        """What GET says, without its body."""
        self.do_GET()

    def _refusal(self) -> HTTPStatus | None:
        """Why a request is not answered, if it is not."""
        port = self._serving.port
        hosts = {f"{name}:{port}" for name in (HOST, "localhost")} | ({HOST, "localhost"} if port == 80 else set())
        origin = self.headers.get("Origin")
        if self.headers.get_all("Host") is None or not hosts.issuperset(self.headers.get_all("Host", [])):
            return HTTPStatus.MISDIRECTED_REQUEST
        if origin is not None and origin.removeprefix("http://") not in hosts:
            return HTTPStatus.FORBIDDEN
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return HTTPStatus.FORBIDDEN
        return None

    def _tell_news(self, after: str) -> None:
        if not (after.isascii() and after.isdigit()) or len(after) > 18:
            self._answer(HTTPStatus.BAD_REQUEST, b"", {})
            return
        found = self._serving.news(int(after))
        if found is None:
            self._answer(HTTPStatus.NO_CONTENT, b"", {})
            return
        number, state = found
        self._answer(HTTPStatus.OK, state, {"Content-Type": "application/json", "X-Number": str(number)})

    def _answer(self, status: HTTPStatus, body: bytes, headers: Mapping[str, str]) -> None:
        with suppress(ConnectionError):
            self.send_response(status)
            for name, value in {**_HEADERS, **headers}.items():
                self.send_header(name, value)
            if status is not HTTPStatus.NO_CONTENT:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are nothing to tell."""


def _html(policy: str) -> dict[str, str]:
    return {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
