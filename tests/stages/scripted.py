"""Engines whose models answer from a function: for the logic of stages, without a server."""
# ruff: noqa: ARG002 - a stand-in takes what the real one is given

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

from curator.conversation import digest
from curator.engines import Reply

Answer = Callable[[list[dict[str, Any]], int], Reply]


class ScriptedModel:
    """Answers by calling a function, and keeps what it was asked."""

    def __init__(self, model: str, answer: Answer) -> None:
        self.model, self.endpoint, self.sampling = model, "scripted", {"temperature": 0}
        self.answer = answer
        self.asked: list[list[dict[str, Any]]] = []

    async def ask(
        self,
        messages: list[dict[str, Any]],
        *,
        schema: dict[str, Any] | None = None,
        attempt: int = 0,
        **sampling: Any,
    ) -> Reply:
        self.asked.append(messages)
        return self.answer(messages, attempt)


class ScriptedEngines:
    """One scripted model for each role named."""

    def __init__(self, **roles: ScriptedModel) -> None:
        self.roles = roles

    def chat(self, role: str) -> ScriptedModel:
        return self.roles[role]

    def limit(self, max_cost: Any, max_tokens: Any, confirmed: bool = False) -> None:
        pass

    def expect(self, role: str, calls: int, sample: Any = ()) -> None:
        pass

    def embedder(self) -> Any:
        raise NotImplementedError

    def each(
        self, job: Callable[[Any], Awaitable[Any]], items: Iterable[Any], concurrency: int
    ) -> Iterator[tuple[Any, Any]]:
        for item in items:
            try:
                yield item, asyncio.run(_awaited(job, item))
            except Exception as error:
                yield item, error

    def close(self) -> None:
        pass


async def _awaited(job: Callable[[Any], Awaitable[Any]], item: Any) -> Any:
    return await job(item)


def said(parsed: dict[str, Any] | None, text: str = "", key: str = "") -> Reply:
    """A reply with this JSON (or this text)."""
    return Reply(text, "scripted", parsed, key=key or digest([parsed, text]))
