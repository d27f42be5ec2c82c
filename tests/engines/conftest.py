"""A workspace, and engines on a lying server that wait milliseconds where people wait seconds."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from curator.engines.budget import Budget
from curator.engines.opened import OpenEngines
from curator.engines.patience import Patience
from curator.store import Store
from tests.lies import MODEL, Script, honest
from tests.lying_server import LyingServer

QUICK = Patience(first=0.002, longest=0.02, cap=0.3, starved=60.0, cool=0.02)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "w.duckdb") as store:
        yield store


@pytest.fixture
def serve() -> Iterator[Callable[..., LyingServer]]:
    """Start servers that are stopped at the end."""
    with ExitStack() as stack:

        def start(script: Script = honest, **how: Any) -> LyingServer:
            return stack.enter_context(LyingServer(script, **how))

        yield start


@pytest.fixture
def open_engines(store: Store) -> Iterator[Callable[..., OpenEngines]]:
    """Open engines on a server, or on a URL; closed at the end."""
    with ExitStack() as stack:

        def opened(
            server: LyingServer | str,
            *,
            budget: Budget | None = None,
            patience: Patience = QUICK,
            **settings: Any,
        ) -> OpenEngines:
            url = server if isinstance(server, str) else server.url
            table = {
                "base_url": url,
                "model": MODEL,
                "max_tokens": 200,
                "timeout": 60.0,
                **settings,
            }
            engines = OpenEngines({"default": table}, store.calls, budget=budget, patience=patience)
            return stack.enter_context(engines)

        yield opened


def question(text: str) -> list[dict[str, Any]]:
    """One user message."""
    return [{"role": "user", "content": text}]


def ask_all(
    engines: OpenEngines, texts: list[str], concurrency: int = 8, **how: Any
) -> dict[str, Any]:
    """Each text with its Reply or exception; raises what stops the run."""
    chat = engines.chat("reflector")

    async def job(text: str) -> Any:
        return await chat.ask(question(text), **how)

    return dict(engines.each(job, texts, concurrency))


def ask(engines: OpenEngines, text: str = "hello", **how: Any) -> Any:
    """One Reply; raises whatever was raised."""
    result = ask_all(engines, [text], 1, **how)[text]
    if isinstance(result, Exception):
        raise result
    return result
