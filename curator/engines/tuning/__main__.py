"""Entry of the training process: events on standard output, everything else on standard error."""

import errno
import os
import sys
import traceback
from pathlib import Path

from curator.engines.tuning.channel import Channel, Stop
from curator.engines.tuning.job import Job
from curator.errors import CuratorError


def main(arguments: list[str]) -> int:
    """0 when trained, 3 when stopped with a checkpoint, 1 with an `error` event otherwise."""
    channel, stop = Channel(), Stop()
    channel.tell("hello", pid=os.getpid())
    try:
        job = Job.read(Path(arguments[0]))
        from curator.engines.tuning.training import train

        finished = train(job, channel, stop)
    except BaseException as error:
        traceback.print_exc()
        channel.tell("error", kind=_kind(error), reason=_sentence(error))
        return 1
    return 0 if finished else 3


def _kind(error: BaseException) -> str:
    words = f"{type(error).__name__} {error}".lower()
    if isinstance(error, CuratorError):
        return type(error).__name__
    if isinstance(error, MemoryError) or "outofmemory" in words or "out of memory" in words:
        return "memory"
    if "can't allocate memory" in words or "not enough memory" in words:
        return "memory"
    if "no space left" in words or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
        return "disk"
    return "crash"


def _sentence(error: BaseException) -> str:
    text = str(error).strip()
    first = text.splitlines()[0] if text else ""
    if isinstance(error, CuratorError):
        return text
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


if __name__ == "__main__":
    # Threads of native libraries may outlive us; there is nothing left to wait for.
    code = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)
