"""An OpenAI-compatible server that lies, for tests, benchmarks and demos.

It speaks HTTP over bare sockets, because it must be able to say what no framework would let it
say: lengths that are wrong, bodies that stop, answers that never come. A *script* (see `lies`)
decides, request by request, which lie is told; every request is logged, and the log is the oracle
for "what was sent, and what was paid for twice".

As a program: `python -m tests.lying_server --delay 0.2 --faults 0.05 --log FILE` prints its port.
"""

import argparse
import asyncio
import hashlib
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from tests.lies import Lie, Script, Seen, honest, mostly_honest


class _Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: "LyingServer") -> None:
        self._server = server
        self._buffer = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._server.connections.add(transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._server.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
            headers = {n.lower(): v.strip() for n, _, v in (h.partition(":") for h in head[1:])}
            size = int(headers.get("content-length", 0))
            if len(self._buffer) < end + 4 + size:
                return
            body = bytes(self._buffer[end + 4 : end + 4 + size])
            del self._buffer[: end + 4 + size]
            method, path, *_ = head[0].split(" ")
            lie = self._server.answer(method, path, headers, body)
            self._server.arrived()
            delay = lie.delay or self._server.delay
            loop = asyncio.get_running_loop()
            if delay:
                loop.call_later(delay, self._say, lie)
            else:
                self._say(lie)

    def _say(self, lie: Lie) -> None:
        self._server.at_once -= 1
        if lie.body is None or self._transport.is_closing():
            return
        if lie.cut is not None:
            if lie.cut >= 0:
                self._transport.write(lie.head() + lie.body[: lie.cut])
            self._transport.close()
        elif lie.piece:
            self._transport.write(lie.head())
            self._drip(lie, 0)
        else:
            self._transport.write(lie.head() + lie.body)
            self._more(lie, lie.repeat - 1)

    def _drip(self, lie: Lie, at: int) -> None:
        assert lie.body is not None
        if self._transport.is_closing() or at >= len(lie.body):
            return
        self._transport.write(lie.body[at : at + lie.piece])
        asyncio.get_running_loop().call_later(lie.every, self._drip, lie, at + lie.piece)

    def _more(self, lie: Lie, left: int) -> None:
        if self._transport.is_closing():
            return
        if left > 0:
            self._transport.write(lie.body or b"")
            asyncio.get_running_loop().call_later(0.001, self._more, lie, left - 1)
        elif lie.declared is not None and lie.declared < 0:
            self._transport.close()


class LyingServer:
    """A server in a thread of this process. `seen` is its log."""

    def __init__(self, script: Script = honest, delay: float = 0.0, log: Path | None = None):
        self.script = script
        #: Requests that wait for their answer now, and the most there ever were.
        self.at_once = self.most_at_once = 0
        self.delay = delay
        self.seen: list[Seen] = []
        self.keep = True
        self.count = 0
        self.port = 0
        self.connections: set[asyncio.Transport] = set()
        self._before: Counter[bytes] = Counter()
        self._log = log.open("a", encoding="ascii", buffering=1) if log else None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """What belongs into `base_url`."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def calls(self) -> list[Seen]:
        """The requests for completions, in the order they came."""
        return [seen for seen in self.seen if seen.path.endswith("/chat/completions")]

    def arrived(self) -> None:
        """Count one more request that waits."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)

    def answer(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Lie:
        """Note the request and ask the script."""
        mark = hashlib.blake2b(raw, digest_size=12).digest()
        seen = Seen(self.count, method, path, headers, raw, self._before[mark])
        self._before[mark] += 1
        self.count += 1
        if self.keep:
            self.seen.append(seen)
        lie = self.script(seen)
        if self._log:
            self._log.write(f"{mark.hex()} {lie.status if lie.billed else 0}\n")
        return lie

    def start(self) -> "LyingServer":
        """Listen on a free port of this machine."""
        self._thread.start()
        assert self._ready.wait(120), "the server did not start"
        return self

    def close(self) -> None:
        """Stop, dropping every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(120)
        if self._log:
            self._log.close()

    def __enter__(self) -> "LyingServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Talk(self), "127.0.0.1", self.port, backlog=1024)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for transport in list(self.connections):
            transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--faults", type=float, default=0.0, help="share of requests that fail")
    parser.add_argument("--log", type=Path, help="append a line per request")
    typed = parser.parse_args()
    script = mostly_honest(typed.faults) if typed.faults else honest
    server = LyingServer(script, typed.delay, typed.log)
    server.port = typed.port
    server.keep = False
    server.start()
    print(server.port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
