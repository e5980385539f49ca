"""The page is served to this machine alone, and nothing but the page."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from archspec.errors import UsageError
from archspec.pages.preview import Serving


@pytest.fixture
def serving() -> Iterator[Serving]:
    found = Serving()
    found.show(json.dumps({"name": "net.yaml"}), "<p>the page")
    yield found
    found.close()


def ask(serving: Serving, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, dict(answer.headers), text


def test_it_serves_the_frame_the_picture_and_the_news(serving: Serving) -> None:
    status, headers, text = ask(serving, "/")
    assert status == 200
    assert "<iframe" in text
    nonce = headers["Content-Security-Policy"].split("script-src 'nonce-")[1].split("'")[0]
    assert f'<script nonce="{nonce}">' in text
    assert "NONCE" not in text
    assert ask(serving, "/")[1]["Content-Security-Policy"] != headers["Content-Security-Policy"]
    status, headers, text = ask(serving, "/picture?1")
    assert (status, text) == (200, "<p>the page")
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "allow-same-origin" not in str(headers)
    status, headers, text = ask(serving, "/news?after=0")
    assert (status, json.loads(text), headers["X-Number"]) == (200, {"name": "net.yaml"}, "1")


@pytest.mark.parametrize(
    "path", ["/frame.html", "/../serving.py", "/picture/", "/%2e%2e/", "/etc/passwd", "/favicon.ico"]
)
def test_it_serves_nothing_else(serving: Serving, path: str) -> None:
    assert ask(serving, path)[0] == 404


@pytest.mark.parametrize("after", ["-1", "x", "1" * 400, "١", "1.0"])
def test_what_is_no_number_is_refused(serving: Serving, after: str) -> None:
    assert ask(serving, f"/news?after={quote(after)}")[0] == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
def test_nothing_can_be_sent_to_it(serving: Serving, method: str) -> None:
    assert ask(serving, "/", method)[0] == 501


@pytest.mark.parametrize(
    "host", ["example.org", "127.0.0.1", "127.0.0.1:1", "localhost.example.org:{port}", "evil:{port}", "[::1]:{port}"]
)
@pytest.mark.parametrize("path", ["/", "/picture", "/news?after=0"])
def test_another_host_is_refused(serving: Serving, host: str, path: str) -> None:
    status, _, text = ask(serving, path, Host=host.format(port=serving.port))
    assert (status, text) == (421, "")


def test_this_host_may_be_called_localhost(serving: Serving) -> None:
    assert ask(serving, "/", Host=f"localhost:{serving.port}")[0] == 200


@pytest.mark.parametrize(
    "origin", ["https://example.org", "null", "https://127.0.0.1:{port}", "http://127.0.0.1", "http://localhost:1"]
)
def test_another_origin_is_refused(serving: Serving, origin: str) -> None:
    assert ask(serving, "/news?after=0", Origin=origin.format(port=serving.port))[0] == 403
    assert ask(serving, "/news?after=0", Sec_Fetch_Site="cross-site")[0] == 403
    assert ask(serving, "/news?after=0", Sec_Fetch_Site="same-site")[0] == 403
    assert ask(serving, "/news?after=0", Origin=f"http://127.0.0.1:{serving.port}")[0] == 200


def test_two_hosts_in_one_request_are_refused(serving: Serving) -> None:
    with socket.create_connection(("127.0.0.1", serving.port), timeout=10) as one:
        one.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{serving.port}\r\nHost: evil\r\n\r\n".encode())
        assert one.recv(100).startswith(b"HTTP/1.1 421")
    with socket.create_connection(("127.0.0.1", serving.port), timeout=10) as one:
        one.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b" 421 " in one.recv(100)


def test_it_listens_on_the_loopback_interface_alone(serving: Serving) -> None:
    assert serving._server.server_address[0] == "127.0.0.1"
    with pytest.raises(UsageError, match="cannot listen on port"):
        Serving(serving.port)


def test_news_wait_until_there_are_some(serving: Serving) -> None:
    def later() -> None:
        time.sleep(0.2)
        serving.show('{"name": "other"}', "<p>other")

    waiting = threading.Thread(target=later)
    waiting.start()
    status, headers, text = ask(serving, "/news?after=1")
    waiting.join()
    assert (status, json.loads(text)["name"], headers["X-Number"]) == (200, "other", "2")
    assert ask(serving, "/picture")[2] == "<p>other"


def test_a_reader_that_leaves_disturbs_nobody(serving: Serving, capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", serving.port), timeout=10) as one:
            one.sendall(f"GET /news?after=1 HTTP/1.1\r\nHost: 127.0.0.1:{serving.port}\r\n\r\n".encode())
    for number in range(5):
        serving.show("{}", "x" * 10_000_000 if number == 4 else "x")
    with socket.create_connection(("127.0.0.1", serving.port), timeout=10) as one:
        one.sendall(f"GET /picture HTTP/1.1\r\nHost: 127.0.0.1:{serving.port}\r\n\r\n".encode())
        one.recv(1)
    assert ask(serving, "/")[0] == 200
    assert capfd.readouterr() == ("", "")


def test_it_ends_at_once_though_somebody_waits() -> None:
    serving = Serving()
    serving.show("{}", "")
    found: list[object] = []
    waiting = threading.Thread(target=lambda: found.append(ask(serving, "/news?after=1")))
    waiting.start()
    time.sleep(0.1)
    serving.close()
    waiting.join(5)
    assert not waiting.is_alive()
