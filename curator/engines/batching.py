"""A provider's batch API (`/files`, `/batches`): the same requests within a day, at half price.

Requests are gathered, sent as one file, and waited for. Which batches are open is noted before the
provider is asked to begin, so a killed run that is started again finds its batch, even one that
was created in the moment of dying, and takes its replies instead of paying for others.
"""

import asyncio
import time

from curator.engines.batch_carrier import Carrier, Means, Waiting
from curator.engines.faults import CallError
from curator.engines.keeping import record, used
from curator.engines.line import Line, Request
from curator.engines.roles import Endpoint
from curator.engines.transport import Answer

#: Requests and bytes of one batch; providers take 50,000 and 200 MB, memory takes less.
MOST, MOST_BYTES = 5000, 64 * 2**20


class Batches:
    """The requests of one role, sent in batches. Lives on the engines' event loop."""

    def __init__(self, role: str, settings: Endpoint, line: Line, means: Means) -> None:
        self.role, self.settings, self.line, self.means = role, settings, line, means
        self.carrier = Carrier(role, settings, line, means)
        self._adopted: asyncio.Task[None] | None = None
        self._waiting: list[Waiting] = []
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._carried: set[asyncio.Task[None]] = set()
        self._first = asyncio.Lock()

    async def ready(self) -> None:
        """Returns when the batches of earlier runs are in the ledger. Raises `CallError`."""
        task = self._adopted
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._adopted = asyncio.create_task(self._adopt())
        await asyncio.shield(task)

    async def send(self, request: Request, tries: int, key: str) -> Answer:
        """The reply to a request, in the ledger already. Raises `CallError`."""
        if request.schema is not None and not self.line.mode_known:
            async with self._first:
                # How the endpoint takes a schema is found out with one request, not with all.
                if not self.line.mode_known:
                    return await self._at_once(request, tries, key)
        mode, started = self.line.mode, time.perf_counter()
        while True:
            body = self.line.body(request, tries, mode)
            done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            self._add(Waiting(key, request, body, done))
            try:
                return Answer(await done, time.perf_counter() - started)
            except CallError as error:
                other = self.line.adapted(error, request, mode, self.means.keeper)
                if other is None:
                    raise
                mode = other

    async def _at_once(self, request: Request, tries: int, key: str) -> Answer:
        means = self.means
        answer = await self.line.send(request, tries, means.keeper, means.halt, means.purse.meter)
        asked = (request.asked(), request.texts())
        await means.keeper.keep(record(self.role, self.settings, key, asked, answer))
        return answer

    # gathering ----------------------------------------------------------------------------------

    def _add(self, waiting: Waiting) -> None:
        """Send all that wait when they are many, or when none came for a moment."""
        self._waiting.append(waiting)
        self._bytes += sum(map(len, waiting.request.texts()))
        if self._timer is not None:
            self._timer.cancel()
        if len(self._waiting) >= MOST or self._bytes >= MOST_BYTES:
            self._go()
        else:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self.means.patience.gather, self._go)

    def _go(self) -> None:
        # Those that were given up meanwhile need no answer.
        batch = [one for one in self._waiting if not one.done.done()]
        self._waiting, self._bytes, self._timer = [], 0, None
        if batch:
            task = asyncio.create_task(self._carry(batch))
            self._carried.add(task)
            task.add_done_callback(self._carried.discard)

    async def _carry(self, batch: list[Waiting]) -> None:
        """Send, wait, fetch, and tell everyone."""
        try:
            opened = await self.carrier.upload(batch)
            asked = {one.key: (one.request.asked(), one.request.texts()) for one in batch}
            found = await self.carrier.collect(opened, asked)
        except Exception as error:
            for one in batch:
                if not one.done.done():
                    one.done.set_exception(error.with_traceback(None))
            return
        for one in batch:
            result = found.get(one.key) or self.carrier.fault("expired", "")
            if one.done.done():
                continue
            if isinstance(result, CallError):
                one.done.set_exception(result)
            else:
                one.done.set_result(result)

    # earlier runs -------------------------------------------------------------------------------

    async def _adopt(self) -> None:
        """Wait for the batches that earlier runs left open, and keep their replies."""
        for opened in self.carrier.remembered():
            if not opened.id:
                await self.carrier.begin(opened, perhaps=True)
            try:
                found = await self.carrier.collect(opened, await self.carrier.asked(opened))
            except CallError as error:
                if error.kind != "batch":
                    raise
                continue  # it failed as a whole, unpaid: its requests go into the next one
            for result in found.values():
                if isinstance(result, bytes):
                    spent = used(result, [])[:2]
                    await self.means.purse.settle(self.settings, (0, 0), spent)
