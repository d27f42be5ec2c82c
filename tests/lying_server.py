"""An OpenAI-compatible server that lies, for tests, benchmarks and demos.

It speaks HTTP over bare sockets, because it must be able to say what no framework would let it
say: lengths that are wrong, bodies that stop, answers that never come. A *script* decides, request
by request, which lie is told; every request is logged, and the log is the oracle for "what was
sent, and what was paid for twice".

As a program: `python -m tests.lying_server --delay 0.2 --faults 0.05 --log FILE` prints its port.
"""

import argparse
import asyncio
import gzip
import hashlib
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Any

MODEL = "liar-1"


@dataclass(frozen=True)
class Seen:
    """One request as it arrived: its number from 0, and how often the same body came before."""

    number: int
    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    before: int = 0

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent."""
        return json.loads(self.raw) if self.raw else {}

    @property
    def text(self) -> str:
        """The last message."""
        return str(self.body["messages"][-1]["content"])


@dataclass(frozen=True)
class Lie:
    """One answer. `body` None: nothing is ever said. `declared` is the Content-Length that is
    claimed (None: the true one; -1: none, the connection ends the body). `piece` bytes are sent
    every `every` seconds; `cut` bytes are sent before the connection is dropped. `bare` stands in
    for all of it, status line included."""

    body: bytes | None = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    delay: float = 0.0
    declared: int | None = None
    piece: int = 0
    every: float = 0.0
    cut: int | None = None
    repeat: int = 1
    billed: bool = True
    bare: bytes | None = None

    def head(self) -> bytes:
        """Status line and headers."""
        if self.bare is not None:
            return self.bare
        length = len(self.body or b"") * self.repeat if self.declared is None else self.declared
        lines = [f"HTTP/1.1 {self.status} Whatever"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines.append("Connection: close" if length < 0 else f"Content-Length: {length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


Script = Callable[[Seen], Lie]


# what can be said -------------------------------------------------------------------------------


def completion(
    text: Any,
    *,
    finish: str | None = "stop",
    usage: Any = ...,
    **message: Any,
) -> dict[str, Any]:
    """A chat completion that says `text`."""
    if usage is ...:
        size = len(str(text)) // 4 + 1
        usage = {"prompt_tokens": 10, "completion_tokens": size, "total_tokens": 10 + size}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, **message},
                "finish_reason": finish,
            }
        ],
        "usage": usage,
    }


def says(text: Any, **how: Any) -> Lie:
    """A good answer, or one with the given oddities."""
    return sends(completion(text, **how))


def sends(body: Any, **how: Any) -> Lie:
    """Any JSON, or any bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Lie(data, **how)


def fails(status: int, message: str = "no", *, code: Any = None, **headers: str) -> Lie:
    """An error as OpenAI words it. Header names are given with underscores."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lie = sends(body, status=status, billed=False)
    return replace(lie, headers={"Content-Type": "application/json", **named})


def html(status: int = 200, label: str = "text/html") -> Lie:
    """A page where JSON was expected."""
    page = b"<!DOCTYPE html><html><body><h1>Welcome</h1> to the login page</body></html>"
    return Lie(page, status, {"Content-Type": label}, billed=False)


def hangs() -> Lie:
    """Never a word."""
    return Lie(None, billed=False)


def drips(text: str, every: float = 0.2, piece: int = 1) -> Lie:
    """A good answer, a byte at a time."""
    return replace(says(text), piece=piece, every=every)


def cuts(text: str, at: int, *, declared: int | None = None) -> Lie:
    """A good answer whose connection drops after `at` bytes of body."""
    return replace(says(text), cut=at, declared=declared)


def drops() -> Lie:
    """The connection closes without a word, after the work was done."""
    return replace(says("lost"), cut=-1)


def redirects(to: str, status: int = 307) -> Lie:
    """Somewhere else."""
    return Lie(b"", status, {"Location": to}, billed=False)


def floods(megabytes: int) -> Lie:
    """Far more than was asked for."""
    return Lie(b" " * 2**20, repeat=megabytes)


def bombs(megabytes: int) -> Lie:
    """The same in a small parcel."""
    data = gzip.compress(b'{"choices": "' + b"a" * (megabytes * 2**20) + b'"}')
    kind = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return Lie(data, headers=kind)


RETRY_AFTER = ("1", "0", "-1", "soon", "86400", "date", "ms")


def busy(after: str = "") -> Lie:
    """429 with one of the forms of Retry-After; `date` and `ms` are a second or two from now."""
    message = "Rate limit reached, slow down"
    if after == "date":
        return fails(429, message, Retry_After=formatdate(time() + 2, usegmt=True))
    if after == "ms":
        return fails(429, message, retry_after_ms="1000")
    return fails(429, message, Retry_After=after) if after else fails(429, message)


# scripts ----------------------------------------------------------------------------------------


def honest(seen: Seen) -> Lie:
    """An answer that depends on the question only."""
    if seen.path.endswith("/models"):
        return sends({"object": "list", "data": [{"id": MODEL, "object": "model"}]})
    digest = hashlib.blake2b(seen.text.encode(), digest_size=8).hexdigest()
    answer = f"About {digest}: " + "so it is said. " * 40
    if "response_format" in seen.body:
        return says(json.dumps({"answer": answer}))
    return says(answer)


def in_turn(*lies: Lie) -> Script:
    """These, one after another, then the last one for ever."""
    return lambda seen: lies[min(seen.number, len(lies) - 1)]


def mostly_honest(share: float, seed: int = 1) -> Script:
    """A mix of faults in so large a share of the requests. Which request fails depends on its body
    and on how often it came before, not on the order of arrival."""
    faults = (
        lambda: fails(500), lambda: fails(503, Retry_After="0"), lambda: fails(502),
        lambda: busy("0"), lambda: html(), drops, lambda: cuts("half of it", 40),
        lambda: says(""), lambda: says("cut", finish="length"), lambda: says("x", finish=None),
        lambda: sends(completion("x") | {"choices": []}), lambda: fails(529, "overloaded"),
    )  # fmt: skip

    def script(seen: Seen) -> Lie:
        mark = hashlib.blake2b(b"%d %d " % (seed, seen.before) + seen.raw).digest()
        chance = random.Random(mark)
        if seen.path.endswith("/models") or chance.random() >= share:
            return honest(seen)
        return chance.choice(faults)()

    return script


# the server -------------------------------------------------------------------------------------


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
            delay = lie.delay or self._server.delay
            loop = asyncio.get_running_loop()
            if delay:
                loop.call_later(delay, self._say, lie)
            else:
                self._say(lie)

    def _say(self, lie: Lie) -> None:
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
        self._ready.wait(10)
        return self

    def close(self) -> None:
        """Stop, dropping every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
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


@contextmanager
def lying(script: Script = honest, **how: Any) -> Iterator[LyingServer]:
    """A server for the length of a block."""
    with LyingServer(script, **how) as server:
        yield server


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
