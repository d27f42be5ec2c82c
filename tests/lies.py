"""What the lying server can say, and the scripts that decide what it says when."""

import gzip
import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import formatdate
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
    """429 with one of the forms of Retry-After; `date` and `ms` are a minute from now."""
    message = "Rate limit reached, slow down"
    if after == "date":
        return fails(429, message, Retry_After=formatdate(time() + 60, usegmt=True))
    if after == "ms":
        return fails(429, message, retry_after_ms="60000")
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
