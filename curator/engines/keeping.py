"""Group commit: many replies that arrive together are made durable by one sync of the disk."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from curator.engines import Ledger


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
