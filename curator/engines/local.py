"""The embedded default: a llama.cpp server on this machine, started on first use and shared.

OpenAI-compatible, bound to loopback at a free port. It runs as a child, so that a crash in the
model's code is an error message here, and it ends with this process however that ends.
"""

import atexit
import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

from curator.engines import models
from curator.errors import ConfigError, EngineError
from curator.progress import Silent

SLOTS = 4
#: Tokens each slot can hold, prompt and answer together; SmolLM2 was trained on 8192.
CONTEXT = 4096
#: Seconds a server may take to come up; 1.5 s for the embedded model on an idle machine.
PATIENCE = 120.0
#: Seconds between looks at whether somebody still waits for it.
LOOK = 0.2

_running: dict[tuple[Path, int, int], "LocalServer"] = {}
_starting = threading.Lock()


class LocalServer:
    """A running server: `base_url` ends in /v1, `model` is the name to ask for, `context` the
    tokens each of its `slots` concurrent requests may take."""

    def __init__(
        self, child: "subprocess.Popen[bytes]", base_url: str, model: str, size: tuple[int, int]
    ) -> None:
        self._child = child
        self.base_url = base_url
        self.model = model
        self.slots, self.context = size

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._child.poll() is None

    def close(self) -> None:
        """End it. Closing twice is no mistake."""
        for key, server in list(_running.items()):
            if server is self:
                del _running[key]
        _end(self._child)


def start(
    model: str | Path = models.CHAT,
    slots: int = SLOTS,
    ctx: int = CONTEXT,
    progress: models.Progress | None = None,
) -> LocalServer:
    """The server of `model` (a name of the catalogue, fetched if need be, or a GGUF file) in this
    process: a new one, or the one that already runs. Safe to call from several threads.

    `slots` requests are answered at once, each with `ctx` tokens. Raises `EngineError` when the
    model cannot be had or opened, `ConfigError` when there is no such model, and what
    `progress.step` raises.
    """
    path, name = _found(model, progress)
    key = (path, slots, ctx)
    with _starting:
        running = _running.get(key)
        if running is not None and running.alive:
            return running
        child, base_url = _spawn(path, (slots, ctx), progress or Silent())
        server = LocalServer(child, base_url, name, (slots, ctx))
        _running[key] = server
        return server


def close_all() -> None:
    """End every server this process has started."""
    for server in list(_running.values()):
        server.close()


atexit.register(close_all)


def _found(model: str | Path, progress: models.Progress | None) -> tuple[Path, str]:
    if str(model) in models.CATALOGUE:
        if models.CATALOGUE[str(model)].serves is None:
            raise ConfigError(
                f"{model} embeds texts and cannot chat; the chat model is {models.CHAT}"
            )
        return models.get(str(model), progress), str(model)
    path = Path(model).expanduser()
    if path.suffix != ".gguf":
        raise ConfigError(
            f"there is no local model {str(model)!r}; name one of the catalogue ({models.CHAT}) "
            f"or a .gguf file"
        )
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such model file; check the path")
    return path.resolve(), path.stem


def _spawn(
    path: Path, size: tuple[int, int], progress: models.Progress
) -> "tuple[subprocess.Popen[bytes], str]":
    """A server process and its address. A session of its own keeps the terminal's Ctrl-C from it:
    the stage decides when to stop asking."""
    child = subprocess.Popen(
        [sys.executable, "-m", "curator.engines.serving", str(path), *map(str, size)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=_environment(),
    )
    try:
        told = _first_words(child, progress)
    except BaseException:
        _end(child)
        raise
    if "base_url" not in told:
        _end(child)
        raise EngineError(f"the local model {path} cannot be served: {told['error']}")
    return child, told["base_url"]


def _environment() -> dict[str, str]:
    """The child's environment: ours without keys. Its threads sleep at a barrier instead of
    spinning: on two busy cores that answers five times sooner, on idle ones it costs nothing."""
    ours = {name: value for name, value in os.environ.items() if not name.endswith("_KEY")}
    return {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0", **ours}


def _first_words(child: "subprocess.Popen[bytes]", progress: models.Progress) -> dict[str, str]:
    assert child.stdout is not None
    end = time.monotonic() + PATIENCE
    while not select.select([child.stdout], [], [], LOOK)[0]:
        progress.step(0)
        if time.monotonic() < end:
            continue
        return {"error": f"it did not come up within {PATIENCE:.0f} s"}
    line = child.stdout.readline()
    if not line:
        code = child.wait()
        return {"error": f"its process ended with code {code} while opening the file"}
    told: dict[str, str] = json.loads(line)
    return told


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Stop a child politely (its input closes), then for certain."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    try:
        child.wait(2)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
