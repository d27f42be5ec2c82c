"""A process that reviews as fast as it can and notes outside the store what was acknowledged."""

import os
import random
from pathlib import Path

# Loaded once by the fork server, so that a round costs milliseconds.
import duckdb
import pyarrow as pa

from curator.review import Session
from curator.store import Store

LOADED = (duckdb, pa)


def review_until_killed(path: Path, oracle: Path, ready: Path, seed: int) -> None:
    """Decide and (in every other process) undo at random; one line in `oracle` after each call has
    returned. Without an undo, which reads the history, many decisions wait for one commit."""
    chance = random.Random(seed)
    keys = ["accept", "accept", "reject", "edit", "skip", "flag", *(["undo"] if seed % 2 else [])]
    acknowledged = os.open(oracle, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with Store(path) as store:
        session = Session(store.desk, "ann")
        ready.touch()
        while session.item is not None:
            key = chance.choice(keys)
            if key == "undo":
                for taken in session.undo():
                    os.write(acknowledged, f"undo {taken.seq}\n".encode())
                session.next()
                continue
            act = getattr(session, key)
            saved = act("改写 by hand") if key == "edit" else act()
            os.write(acknowledged, f"{saved.verdict} {saved.seq} {saved.op}\n".encode())
