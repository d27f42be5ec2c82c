"""The embedded model answers for real, through the openai client."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest

from curator.engines import local, models
from curator.engines.worker import Until
from curator.errors import Cancelled, ConfigError, EngineError

SCHEMA = {
    "type": "object",
    "properties": {"colour": {"type": "string", "maxLength": 20}, "sure": {"type": "boolean"}},
    "required": ["colour", "sure"],
}


@pytest.fixture(scope="module")
def server() -> Iterator[local.LocalServer]:
    server = local.start()
    yield server
    server.close()


def ask(server: local.LocalServer, text: str, **how: object) -> str:
    import openai

    client = openai.OpenAI(base_url=server.base_url, api_key="none", max_retries=0)
    reply = client.chat.completions.create(  # type: ignore[call-overload]
        model=server.model, messages=[{"role": "user", "content": text}], max_tokens=60, **how
    )
    return str(reply.choices[0].message.content)


def test_it_answers_and_is_started_once(server: local.LocalServer) -> None:
    assert server.base_url.startswith("http://127.0.0.1:")
    assert "4" in ask(server, "What is 2+2?", temperature=0)
    assert local.start() is server


def test_a_schema_is_kept_to_by_four_at_once(server: local.LocalServer) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "it", "schema": SCHEMA}}
    with ThreadPoolExecutor(server.slots) as pool:
        replies = list(
            pool.map(
                lambda n: ask(server, f"Name colour {n}.", response_format=form),
                range(server.slots),
            )
        )
    for reply in replies:
        assert set(json.loads(reply)) == {"colour", "sure"}


def test_every_slot_has_its_own_context(server: local.LocalServer) -> None:
    with urlopen(server.base_url.removesuffix("/v1") + "/slots") as reply:
        slots = json.load(reply)
    assert [slot["n_ctx"] for slot in slots] == [server.context] * server.slots


def test_a_file_that_is_no_model_is_an_engine_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + os.urandom(2000))
    with pytest.raises(EngineError, match="is it a whole GGUF file"):
        local.start(broken)


@pytest.mark.parametrize("name", ["no-such-model", "missing.gguf", models.EMBEDDER])
def test_a_missing_model_is_a_matter_of_settings(name: str) -> None:
    with pytest.raises(ConfigError):
        local.start(name)


def test_whoever_no_longer_wants_it_need_not_wait_until_it_is_up() -> None:
    asked = threading.Event()
    asked.set()
    before = set(local._running)
    with pytest.raises(Cancelled):
        local.start(slots=3, progress=Until(asked))
    assert set(local._running) == before


def test_it_ends_with_the_process_that_started_it() -> None:
    code = (
        "import os, sys\nfrom curator.engines import local\n"
        "server = local.start()\nprint(server._child.pid, flush=True)\nos.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=300, check=False
    )
    child = int(done.stdout)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and _running(child):
        time.sleep(0.05)
    assert not _running(child)


def _running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
