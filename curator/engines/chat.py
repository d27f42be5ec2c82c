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
from curator.engines.budget import Meter, Purse, about, worst_case
from curator.engines.faults import KINDS, CallError, openai_error, sentence
from curator.engines.keeping import Keeper
from curator.engines.line import COMPLETIONS, Line, Request
from curator.engines.patience import Halt
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
        await shared.purse.reserve(self.settings, reserved)
        used = (0, 0)
        try:
            answer = await self.line.send(request, tries, shared.keeper, shared.halt, shared.meter)
            used = self._used(answer.body, request)
            await shared.keeper.keep(self._row(request, key, answer, used))
        finally:
            await shared.purse.settle(self.settings, reserved, used)
        return answer

    def _used(self, body: bytes, request: Request) -> tuple[int, int]:
        tokens_in, tokens_out = envelope.usage(body)
        if tokens_in is None or tokens_out is None:
            self._shared.meter.estimated += 1
        if tokens_in is None:
            tokens_in = sum(about(text) + 4 for text in request.texts())
        if tokens_out is None:
            tokens_out = about(body.decode("utf-8", "replace"))
        return tokens_in, tokens_out

    def _row(
        self, request: Request, key: str, answer: Answer, used: tuple[int, int]
    ) -> dict[str, Any]:
        asked = {"messages": request.messages, "schema": request.schema, **request.sampling}
        return {
            "key": key,
            "role": self.role,
            "model": self.model,
            "endpoint": self.endpoint,
            "request": {**asked, "attempt": request.attempt},
            "reply": answer.body,
            "prompt_tokens": used[0],
            "completion_tokens": used[1],
            "cost": self.settings.cost(*used),
            "seconds": answer.seconds,
        }


def _is_path(name: str) -> bool:
    """Whether a server calls its model by the place of a file, which is nobody's business."""
    return name.startswith(("/", "\\", "~")) or name.endswith(".gguf")
