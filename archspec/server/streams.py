"""The streams between the server and its client."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from threading import Thread

from lsprotocol import types

from archspec.server.session import Server

_CHUNK = 2**16
_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)


class _Writer:
    """A stream of what goes out, as pygls has it."""

    def __init__(self, outgoing: int) -> None:
        self._outgoing: int | None = outgoing

    def write(self, data: bytes) -> None:
        """Write all of it. Raises `SystemExit` where nobody listens any more."""
        try:
            while data and self._outgoing is not None:
                data = data[os.write(self._outgoing, data) :]
        except OSError as fault:
            raise SystemExit(1) from fault

    def close(self) -> None:
        """Write nothing more."""
        if self._outgoing is not None:
            os.close(self._outgoing)
            self._outgoing = None


def run(server: Server, incoming: int, outgoing: int) -> int:
    """Speak with a client over two open files, of which the latter is closed, until it says `exit`, or ends.

    Returns what the process has to end with: 0 after `shutdown` and `exit`, else 1.
    """
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # the client is told what matters
    writer = _Writer(outgoing)
    server.protocol.set_writer(writer)
    try:
        asyncio.run(_speak(server, incoming))
    except SystemExit as end:  # that is how pygls ends at `exit`
        return int(end.code or 0)
    finally:
        writer.close()
    return 1


async def _speak(server: Server, incoming: int) -> None:
    async for body in _bodies(_reader(incoming)):
        try:
            message = json.loads(body, object_hook=server.protocol.structure_message)
        except Exception as fault:
            server.tell_unreadable(str(fault))
            continue
        if getattr(message, "method", None) in (types.SHUTDOWN, types.EXIT):
            await _answered()
        if hasattr(message, "jsonrpc"):
            server.protocol.handle_message(message)
        else:
            server.tell_unreadable("no `jsonrpc`")
    await _answered()


async def _bodies(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The messages, until the stream ends or is none of the protocol.

    All that has arrived is read before anything else is done: what overtakes a request is known before its answer is
    made, and many edits in a row are checked once.
    """
    with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        while True:
            length = _LENGTH.search(await reader.readuntil(b"\r\n\r\n"))
            if length is not None:
                yield await reader.readexactly(int(length[1]))


def _reader(incoming: int) -> asyncio.StreamReader:
    """A stream of what comes from a file; a thread waits for it, which is the way that all systems have."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()

    def feed() -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile
            with suppress(OSError):  # a terminal that is gone
                while data := os.read(incoming, _CHUNK):
                    loop.call_soon_threadsafe(reader.feed_data, data)
            loop.call_soon_threadsafe(reader.feed_eof)

    Thread(target=feed, daemon=True).start()
    return reader


async def _answered() -> None:
    """Wait until all that was asked has its answer."""
    asked = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.wait(asked) if asked else None
    await asyncio.sleep(0)  # answers are sent when their tasks have ended
