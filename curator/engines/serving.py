"""A llama.cpp server in a process of its own: `python -m curator.engines.serving MODEL SLOTS CTX`.

Says one line of JSON on standard output, `{"base_url": …}` or `{"error": …}`, then serves until
its standard input closes: when the parent ends, in whatever way, so does this.
"""

import contextlib
import json
import os
import sys
from typing import Any


def parameters(model: str, slots: int, context: int) -> Any:
    """What llama.cpp is asked for: loopback, a free port, no web page, no log, every slot with
    `context` tokens of its own."""
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path = model
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = 0
    wanted.n_parallel = slots
    wanted.n_ctx = slots * context
    wanted.verbosity = -1
    wanted.ui = False
    wanted.offline = True
    # Cached prompts of ended requests may take as much memory as the model itself.
    wanted.cache_ram_mib = 256
    # A page in a browser is not who this server is for.
    wanted.cors_origins = "http://127.0.0.1"
    return wanted


def main(model: str, slots: str, context: str) -> int:
    """Serve until standard input ends; the exit code."""
    out = os.dup(1)
    # llama.cpp writes to both whatever its verbosity; the JSON line must stay alone.
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    try:
        import xllamacpp

        server = xllamacpp.Server(parameters(model, int(slots), int(context)))
        told = {"base_url": f"{server.listening_address}/v1"}
    except ImportError:
        told = {"error": "xllamacpp is not installed; install hindsight-curator[local]"}
    except Exception:  # the library says no more than "failed to init"
        told = {"error": "llama.cpp cannot open it; is it a whole GGUF file, and is there room?"}
    os.write(out, json.dumps(told).encode() + b"\n")
    os.close(out)
    if "error" in told:
        return 1
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.buffer.read()
    # Without waiting for answers that nobody will read.
    os._exit(0)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
