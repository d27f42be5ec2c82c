"""Training in a child process: real cancel, no fight for the interpreter, and a crash is a
sentence.

The child runs in a process group of its own with an environment that holds no keys.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from curator.engines.tuning import complete
from curator.engines.tuning.job import RECORD, Event, Job
from curator.errors import ConfigError, CuratorError, DataError, EngineError

LOG = "train.log"
JOB = "job.json"
#: Seconds between two looks whether the person wants to stop.
TICK = 0.5
#: Seconds for the step at work and its checkpoint after a request to stop.
PATIENCE = 180.0
LAST_WORDS = 3  # lines

#: What the child may know of our environment; anything that looks like a secret stays out.
PASSED = (
    "PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT",
    "USERPROFILE", "APPDATA", "LOCALAPPDATA", "VIRTUAL_ENV", "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NO_PROXY",
    "HTTP_PROXY", "HTTPS_PROXY",
)  # fmt: skip
PASSED_PREFIXES = (
    "LC_", "XDG_", "HF_", "CUDA_", "NVIDIA_", "ROCR_", "HIP_", "OMP_", "GOMP_", "MKL_",
    "OPENBLAS_", "TORCH_", "PYTORCH_", "NCCL_",
)  # fmt: skip
SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")
#: Nobody watches the child's telemetry, and its tokenizers must not fork.
ALWAYS = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONUNBUFFERED": "1",
    "TRL_EXPERIMENTAL_SILENCE": "1",
}

#: What to do about what stopped the training, by the kind that the child names.
ADVICE = {
    "memory": "; lower --micro-batch-size or --max-length, or take a smaller base model",
    "disk": "; make room and run the same command again: it goes on from its last checkpoint",
    "crash": "",
}
KINDS: dict[str, type[CuratorError]] = {
    "ConfigError": ConfigError, "DataError": DataError, "EngineError": EngineError,
}  # fmt: skip


def train(job: Job, hear: Callable[[Event], None]) -> dict[str, Any]:
    """Train `job` and return its record (as in the adapter's curator.json).

    `hear` gets every event of the child, and `{"event": "tick"}` twice a second; what it raises
    stops the child, which first saves a checkpoint. Raises `EngineError` when the child dies,
    and `ConfigError` or `DataError` where the child found the fault to be there.
    """
    out = Path(job.out)
    out.mkdir(parents=True, exist_ok=True)
    job.write(out / JOB)
    with (out / LOG).open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "curator.engines.tuning", str(out / JOB)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment(os.environ),
            start_new_session=True,
        )
    try:
        last = _listen(child, hear)
    except BaseException:
        stop(child)
        raise
    finally:
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
    if last.get("event") == "done":
        return record(out)
    raise _error(last, child.wait(), out / LOG)


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The child's environment: what it needs of `ours`, and no secret."""
    passed = {
        name: value
        for name, value in ours.items()
        if (name.upper() in PASSED or name.startswith(PASSED_PREFIXES))
        and not any(word in name.upper() for word in SECRET)
    }
    here = str(Path(__file__).resolve().parents[2])
    return {**passed, **ALWAYS, "PYTHONPATH": here}


def record(folder: Path) -> dict[str, Any]:
    """The record of a finished adapter. Raises `ConfigError` when the folder holds none, or a
    damaged one."""
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such adapter folder")
    if wrong := complete.whole(folder):
        raise ConfigError(f"{folder} {wrong}; train it again, or name another adapter")
    try:
        return dict(msgspec.json.decode((folder / RECORD).read_bytes(), type=dict[str, Any]))
    except (OSError, msgspec.DecodeError):
        raise ConfigError(f"{folder} has no readable {RECORD}; it was not made here") from None


def stop(child: "subprocess.Popen[bytes]") -> None:
    """Ask the child to save and end; end it where it does not."""
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(PATIENCE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _listen(child: "subprocess.Popen[bytes]", hear: Callable[[Event], None]) -> Event:
    """The child's last event, after `hear` got them all."""
    lines: queue.Queue[bytes | None] = queue.Queue()
    threading.Thread(target=_drain, args=(child, lines), daemon=True).start()
    last: Event = {}
    beat = time.monotonic()
    while True:
        try:
            line = lines.get(timeout=TICK)
        except queue.Empty:
            line = b""
        if line is None:
            return last
        if line:
            last = msgspec.json.decode(line)
            hear(last)
        if time.monotonic() - beat >= TICK:
            beat = time.monotonic()
            hear({"event": "tick"})


def _drain(child: "subprocess.Popen[bytes]", lines: "queue.Queue[bytes | None]") -> None:
    assert child.stdout is not None
    try:
        for line in child.stdout:
            lines.put(line)
    except ValueError:  # closed under us: the parent has stopped listening
        pass
    lines.put(None)


def _error(last: Event, code: int, log: Path) -> CuratorError:
    if last.get("event") == "error":
        kind = str(last["kind"])
        if kind in KINDS:
            return KINDS[kind](str(last["reason"]))
        return EngineError(f"training failed: {last['reason']}{ADVICE[kind]} (details: {log})")
    if last.get("event") == "stopped":
        return EngineError(
            f"training was stopped from outside at step {last['step']} of {last['steps']}; "
            f"run the same command again to go on"
        )
    if -code == signal.SIGKILL:
        return EngineError(
            f"the training process was killed, most likely for its memory{ADVICE['memory']}"
        )
    return EngineError(
        f"the training process ended with code {code}: {_last_words(log)} (details: {log})"
    )


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return " / ".join(lines[-LAST_WORDS:]) or "it said nothing"
