"""Group commit: many replies that arrive together are made durable by one sync of the disk."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from curator.engines import Ledger, envelope
from curator.engines.budget import about
from curator.engines.roles import Endpoint
from curator.engines.transport import Answer


class Keeper:
    """Hands replies to the ledger in batches, from one thread, while the loop goes on."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._waiting: list[tuple[Mapping[str, Any], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, call: Mapping[str, Any]) -> None:
        """Durable when this returns. Raises what the ledger raises."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((call, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await done

    def note(self, name: str, value: str) -> None:
        """Have the ledger remember something, some time soon."""
        self._thread.submit(self._ledger.note, name, value)

    async def noted(self, name: str, value: str) -> None:
        """The same; on disk when this returns."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._ledger.note, name, value)

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            calls = [call for call, _ in batch]
            try:
                await loop.run_in_executor(self._thread, self._ledger.keep_all, calls)
            except Exception as error:
                _tell(batch, error)
            else:
                _tell(batch, None)

    def close(self) -> None:
        """Wait for the last batch."""
        self._thread.shutdown()


def _tell(
    batch: list[tuple[Mapping[str, Any], "asyncio.Future[None]"]], error: Exception | None
) -> None:
    for _, done in batch:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


def used(body: bytes, texts: Sequence[str]) -> tuple[int, int, bool]:
    """Tokens in and out of a reply to these texts, and whether they had to be estimated."""
    tokens_in, tokens_out = envelope.usage(body)
    estimated = tokens_in is None or tokens_out is None
    if tokens_in is None:
        tokens_in = sum(about(text) + 4 for text in texts)
    if tokens_out is None:
        tokens_out = about(body.decode("utf-8", "replace"))
    return tokens_in, tokens_out, estimated


def record(
    role: str,
    settings: Endpoint,
    key: str,
    asked: tuple[Mapping[str, Any], Sequence[str]],
    answer: Answer,
) -> dict[str, Any]:
    """A row of the ledger; `asked` is the request and its texts."""
    request, texts = asked
    tokens_in, tokens_out, _ = used(answer.body, texts)
    return {
        "key": key,
        "role": role,
        "model": settings.model,
        "endpoint": settings.base_url,
        "request": request,
        "reply": answer.body,
        "prompt_tokens": tokens_in,
        "completion_tokens": tokens_out,
        "cost": settings.cost(tokens_in, tokens_out),
        "seconds": answer.seconds,
    }
