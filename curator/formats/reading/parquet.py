"""`python -m curator.formats.reading.parquet FILE`: its rows as JSON lines on standard output.

FILE is Parquet, Feather (an Arrow file) or a stream of Arrow tables, as `datasets` keeps them. A
process of its own, because a file made by a stranger may crash or bloat its reader.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

MEMORY = 8 * 2**30
ROWS = 512


def main(path: str) -> int:
    """0, or 1 with one sentence on standard error."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # no such limit on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import msgspec
    import pyarrow as pa

    pa.set_cpu_count(1)
    encoder = msgspec.json.Encoder(enc_hook=_plain)
    out = sys.stdout.buffer
    try:
        for batch in _batches(path):
            for row in batch.to_pylist():
                out.write(encoder.encode(row) + b"\n")
        out.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    except (pa.ArrowException, OSError, ValueError, MemoryError, TypeError) as error:
        print(str(error).splitlines()[0] if str(error) else type(error).__name__, file=sys.stderr)
        return 1
    return 0


def _batches(path: str) -> Iterator[Any]:
    """The rows in batches of at most `ROWS`."""
    with open(path, "rb") as file:
        head = file.read(8)
    if head.startswith(b"PAR1"):
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as table:
            yield from table.iter_batches(batch_size=ROWS, use_threads=False)
        return
    import pyarrow as pa

    with pa.memory_map(path) as mapped:
        if head.startswith(b"ARROW1"):
            whole = pa.ipc.open_file(mapped)
            batches = map(whole.get_batch, range(whole.num_record_batches))
        else:
            batches = iter(pa.ipc.open_stream(mapped))
        for batch in batches:
            for begin in range(0, batch.num_rows, ROWS):
                yield batch.slice(begin, ROWS)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
