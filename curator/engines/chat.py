"""One chat model, asked: ledger, budget, line, ledger, reading, in that order.

Nothing is paid for twice. A request's key is a digest of what was asked: model, messages,
parameters, schema, attempt, and the host (without its port, so that a local server may move). It
does not hold how JSON was asked for, the role, or the key. A reply is on disk before it is parsed,
so that a better parser reads the old replies again without a call.
"""

import asyncio
from typing import Any

import msgspec

from curator.conversation import digest
from curator.engines import Ledger, Reply, envelope, structured
from curator.engines.batch_carrier import Means
from curator.engines.batching import Batches
from curator.engines.budget import Meter, Purse, worst_case
from curator.engines.faults import KINDS, CallError, openai_error, sentence
from curator.engines.keeping import Keeper, record, used
from curator.engines.line import COMPLETIONS, Line, Request
from curator.engines.patience import Halt, Patience
from curator.engines.roles import Endpoint
from curator.engines.transport import Answer
from curator.errors import StoreError

#: Faults for which openai has an exception, though there was no status.
CONNECTION = ("timeout", "unreachable", "cut", "tls")


class Shared(msgspec.Struct):
    """What all chat models of one `OpenEngines` share. `parked` are the keys of the bad replies of
    items that were given up on; `flying` are those of requests on their way."""

    ledger: Ledger
    keeper: Keeper
    purse: Purse
    halt: Halt
    parked: set[str] = msgspec.field(default_factory=set)
    flying: dict[str, asyncio.Event] = msgspec.field(default_factory=dict)

    @property
    def meter(self) -> Meter:
        """The live numbers."""
        return self.purse.meter


class Chat:
    """The `ChatModel` of one role."""

    def __init__(self, role: str, endpoint: Endpoint, line: Line, shared: Shared) -> None:
        self.role = role
        self.model = endpoint.model
        self.endpoint = endpoint.base_url
        self.sampling = endpoint.sampling
        self.settings = endpoint
        self.line = line
        #: Where requests wait for a batch, if they are to be sent in batches.
        self.batches: Batches | None = None
        self._shared = shared

    async def ask(
        self,
        messages: list[dict[str, Any]],
        *,
        schema: dict[str, Any] | None = None,
        attempt: int = 0,
        **sampling: Any,
    ) -> Reply:
        """One answer, out of the ledger where it was asked before. Raises `EngineError`: its
        `kind` names the fault, its `raw` holds what came back, if anything did."""
        wanted = {k: v for k, v in {**self.sampling, **sampling}.items() if v is not None}
        try:
            return await self._answer(Request(messages, wanted, schema, attempt))
        except UnicodeEncodeError as error:
            half = (
                f"{self.endpoint}: not sent, for the text holds half a character ({error.reason})"
            )
            raise CallError("bad_request", half) from None
        except StoreError as error:
            # A reply that cannot be kept would be paid for again, so no more are asked for.
            self._shared.halt.set(error)
            raise
        except CallError as error:
            if error.stops_run:
                self._shared.halt.set(error)
            elif error.whose != "reply":
                self._shared.meter.failed += 1
            if error.__cause__ is None and (error.status or error.kind in CONNECTION):
                # In a thread: the first one imports openai, which takes a second.
                url = self.endpoint + COMPLETIONS
                error.__cause__ = await asyncio.to_thread(openai_error, error, url)
            raise

    async def _answer(self, request: Request) -> Reply:
        """Bad replies count against their kind's tries, cached or not; each try has its own key."""
        bad: list[str] = []
        if self.batches is not None:
            await self.batches.ready()
        while True:
            key = self._key(request, len(bad))
            body, how = await self._body(request, key, len(bad))
            try:
                return self._read(body, request, key, how)
            except CallError as error:
                bad.append(key)
                if len(bad) >= KINDS[error.kind].tries:
                    self._shared.parked.update(bad)
                    self._shared.meter.failed += 1
                    raise self._named(error) from None

    async def _body(
        self, request: Request, key: str, tries: int
    ) -> tuple[bytes, tuple[float, bool]]:
        """A raw reply, and how it came: the seconds it took, and whether it was here already."""
        shared = self._shared
        while (body := shared.ledger.find(key)) is None and key in shared.flying:
            # The same question is on its way for somebody else.
            await shared.flying[key].wait()
        if body is not None:
            shared.meter.cached += 1
            return body, (0.0, True)
        shared.flying[key] = asyncio.Event()
        try:
            answer = await self._paid(request, key, tries)
        finally:
            shared.flying.pop(key).set()
        return answer.body, (answer.seconds, False)

    def _key(self, request: Request, tries: int) -> str:
        settings = self.settings
        return digest(
            [
                "local" if settings.loopback else settings.host, self.model, settings.version,
                request.messages, request.sampling, request.schema, request.attempt, tries,
            ]
        )  # fmt: skip

    def _read(self, body: bytes, request: Request, key: str, how: tuple[float, bool]) -> Reply:
        """The reply, or a `CallError` of a reply's kind."""
        said = envelope.read(body)
        parsed = None
        if request.schema is not None and not said.refusal:
            parsed = structured.json_in(said.text)
            if parsed is None:
                raise CallError("unparsable", "", raw=said.text)
            if why := structured.misfit(parsed, request.schema):
                raise CallError("off_schema", "", raw=said.text, detail=why)
        tokens_in, tokens_out = envelope.usage(body)
        seconds, cached = how
        return Reply(
            text=said.text,
            model=self.model if _is_path(said.model) else said.model or self.model,
            parsed=parsed,
            thinking=said.thinking,
            finish_reason="refusal" if said.refusal else "stop",
            prompt_tokens=tokens_in or 0,
            completion_tokens=tokens_out or 0,
            seconds=seconds,
            cached=cached,
            key=key,
        )

    def _named(self, error: CallError) -> CallError:
        named = sentence(error.kind, f"{self.endpoint} ({self.model})", error.detail)
        return CallError(error.kind, named, raw=error.raw, detail=error.detail)

    async def _paid(self, request: Request, key: str, tries: int) -> Answer:
        """An answer from the endpoint, within the budget, on disk when this returns."""
        shared = self._shared
        reserved = worst_case(request.texts(), request.sampling)
        settings = self.settings
        await shared.purse.reserve(settings, reserved)
        spent = (0, 0)
        try:
            answer = await self._sent(request, key, tries)
            *counted, estimated = used(answer.body, request.texts())
            spent = (counted[0], counted[1])
            shared.meter.estimated += estimated
        finally:
            await shared.purse.settle(settings, reserved, spent)
        return answer

    async def _sent(self, request: Request, key: str, tries: int) -> Answer:
        shared = self._shared
        if self.batches is not None:
            return await self.batches.send(request, tries, key)
        answer = await self.line.send(request, tries, shared.keeper, shared.halt, shared.meter)
        asked = (request.asked(), request.texts())
        await shared.keeper.keep(record(self.role, self.settings, key, asked, answer))
        return answer

    def in_batches(self, patience: Patience) -> None:
        """From here on requests go out in batches, at their price."""
        if self.batches is None:
            shared = self._shared
            means = Means(shared.ledger, shared.keeper, shared.purse, shared.halt, patience)
            self.settings = self.settings.batched
            self.batches = Batches(self.role, self.settings, self.line, means)


def _is_path(name: str) -> bool:
    """Whether a server calls its model by the place of a file, which is nobody's business."""
    return name.startswith(("/", "\\", "~")) or name.endswith(".gguf")
