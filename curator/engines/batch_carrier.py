"""Batches on their way: uploaded, begun once, waited for, fetched, and noted until they are."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from curator.engines import Ledger, batch_reading
from curator.engines.batch_reading import Open
from curator.engines.budget import Purse
from curator.engines.faults import CallError, sentence
from curator.engines.keeping import Keeper, record
from curator.engines.line import COMPLETIONS, Line, Request
from curator.engines.patience import Halt, Patience
from curator.engines.roles import Endpoint
from curator.engines.transport import Answer

#: Replies of one batch may be so large together.
MOST_REPLIED = 512 * 2**20
#: How a batch ends. Of an expired or cancelled one, what was answered is billed and fetched.
ENDED = ("completed", "expired", "cancelled", "failed")
#: What an endpoint says that does not have these addresses.
UNKNOWN = (404, 405, 501)


R = TypeVar("R")
#: By key, a request and its texts.
Asked = Mapping[str, tuple[Mapping[str, Any], Sequence[str]]]
Found = dict[str, bytes | CallError]
_opens = msgspec.json.Decoder(list[Open])


@dataclass(frozen=True)
class Means:
    """What batches share with requests that are sent one by one."""

    ledger: Ledger
    keeper: Keeper
    purse: Purse
    halt: Halt
    patience: Patience


@dataclass(frozen=True)
class Waiting:
    """A request that waits for its batch."""

    key: str
    request: Request
    body: dict[str, Any]
    done: "asyncio.Future[bytes]"


class Carrier:
    """The way of one role's batches to its provider and back. `open` are those not yet fetched, as
    a fact of the ledger holds them, so that a killed run's are found again."""

    def __init__(self, role: str, settings: Endpoint, line: Line, means: Means) -> None:
        self.role, self.settings, self.line, self.means = role, settings, line, means
        self._fact = f"open batches of {role} at {settings.base_url} {settings.model}"
        self.open: list[Open] = []

    def remembered(self) -> list[Open]:
        """The batches that earlier runs left open."""
        known = self.means.ledger.fact(self._fact)
        self.open = _opens.decode(known) if known else []
        return list(self.open)

    async def upload(self, batch: list[Waiting]) -> Open:
        """A batch that the provider has begun."""
        lines = [
            {"custom_id": one.key, "method": "POST", "url": f"/v1{COMPLETIONS}", "body": one.body}
            for one in batch
        ]
        data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        self.means.purse.meter.note = f"sending a batch of {len(batch):,}"
        answer = await self._tried(lambda: self.line.wire.upload("/files", data))
        opened = Open(batch_reading.name(answer) or "", "", len(batch), time.time())
        if not opened.file:
            raise self.fault("no_batch", "its answer to an upload holds no id")
        self.open.append(opened)
        await self.note()
        await self.begin(opened)
        self.means.purse.meter.requests += len(batch)
        return opened

    async def begin(self, opened: Open, *, perhaps: bool = False) -> None:
        """Have the batch created, once: `perhaps` says that it may have been already."""
        wanted = {
            "input_file_id": opened.file,
            "endpoint": f"/v1{COMPLETIONS}",
            "completion_window": "24h",
        }

        async def create() -> dict[str, Any]:
            nonlocal perhaps
            found = await self._listed(opened) if perhaps else None
            perhaps = True
            return found or batch_reading.object(await self.line.wire.post("/batches", wanted))

        try:
            opened.id = batch_reading.name(await self._tried(create)) or ""
            if not opened.id:
                raise self.fault("no_batch", "its answer to a new batch holds no id")
        except CallError as error:
            if error.whose != "wire":
                await self._strike(opened)
            raise
        await self.note()

    async def _listed(self, opened: Open) -> dict[str, Any] | None:
        """The batch of our file, if the provider has it."""
        listed = batch_reading.object(await self.line.wire.get("/batches?limit=100")).get("data")
        batches = [b for b in listed if isinstance(b, dict)] if isinstance(listed, list) else []
        return next((b for b in batches if b.get("input_file_id") == opened.file), None)

    async def collect(self, opened: Open, asked: Asked) -> Found:
        """What came of a batch, when it has ended; all replies are in the ledger then."""
        batch = await self._ended(opened)
        found: Found = {}
        for name in ("output_file_id", "error_file_id"):
            if isinstance(file := batch.get(name), str) and file:
                for key, result in batch_reading.results(await self._file(file), self.fault):
                    found.setdefault(key, result)
        rows = [
            record(self.role, self.settings, key, asked.get(key, ({}, ())), Answer(result, 0.0))
            for key, result in found.items()
            if isinstance(result, bytes) and (key in asked or not asked)
        ]
        await asyncio.gather(*map(self.means.keeper.keep, rows))
        await self._strike(opened)
        self.means.purse.meter.note = ""
        if batch.get("status") == "failed" and not found:
            raise self.fault("batch", batch_reading.why(batch))
        return found

    async def _file(self, name: str) -> bytes:
        """What a file of results holds; nothing, where the provider has it no more."""
        path = f"/files/{name}/content"
        try:
            answer = await self._tried(lambda: self.line.wire.download(path, MOST_REPLIED))
        except CallError as error:
            if error.status not in UNKNOWN:
                raise
            return b""
        return bytes(answer.body)

    async def _ended(self, opened: Open) -> dict[str, Any]:
        """The batch as the provider describes it, once it has ended."""
        meter, patience, looks = self.means.purse.meter, self.means.patience, 0
        path = f"/batches/{opened.id}"
        while True:
            try:
                batch = batch_reading.object(await self._tried(lambda: self.line.wire.get(path)))
            except CallError as error:
                if error.status not in UNKNOWN:
                    raise
                # The provider keeps batches for some weeks only.
                return {"status": "expired"}
            if batch.get("status") in ENDED:
                return batch
            meter.note = batch_reading.progress(opened, batch)
            await self.means.halt.sleep(min(patience.poll * 1.3**looks, patience.poll * 15))
            looks += 1

    async def _tried(self, call: Callable[[], Awaitable[R]]) -> R:
        """What a call returns; what the wire loses is asked again for as long as patience has it.

        Raises `CallError`; an endpoint that knows no batches is told so."""
        patience, failures, until = self.means.patience, 0, 0.0
        while True:
            try:
                return await call()
            except CallError as error:
                if error.status in UNKNOWN and not any(one.id for one in self.open):
                    raise self.fault("no_batch", error.detail) from None
                until = until or time.monotonic() + patience.starved
                if error.whose != "wire" or time.monotonic() > until:
                    error.stops_run = True
                    raise
                failures += 1
                wait = max(patience.backoff(failures), min(error.retry_after or 0, patience.cap))
                await self.means.halt.sleep(wait)

    async def asked(self, opened: Open) -> Asked:
        """What the requests of a batch were, by key; empty where the provider no longer knows."""
        try:
            path = f"/files/{opened.file}/content"
            body = (await self.line.wire.download(path, MOST_REPLIED)).body
            lines = [msgspec.json.decode(line) for line in body.splitlines() if line.strip()]
            return {line["custom_id"]: (line["body"], ()) for line in lines}
        except (CallError, msgspec.MsgspecError, KeyError, TypeError):
            return {}

    async def _strike(self, opened: Open) -> None:
        self.open = [one for one in self.open if one is not opened]
        await self.note()

    async def note(self) -> None:
        """On disk when this returns."""
        await self.means.keeper.noted(self._fact, msgspec.json.encode(self.open).decode())

    def fault(self, kind: str, detail: str, body: bytes = b"") -> CallError:
        settings, wire = self.settings, self.line.wire
        clean = wire.redacted(detail)
        where = f"{settings.base_url} ({settings.model})"
        raw = wire.redacted(body[:20_000].decode("utf-8", "replace"))
        named = sentence(kind, where, clean, settings.api_key_env)
        return CallError(kind, named, raw=raw, detail=clean)
