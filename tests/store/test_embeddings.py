"""Vectors of texts, by what they are the text of."""

import random
from pathlib import Path

import numpy as np

from curator.store import Store


def test_a_hundred_thousand_items_come_in_one_order_each_with_its_own_vector(
    tmp_path: Path,
) -> None:
    hashes = [f"h{number}" for number in range(7)]
    items = [f"{number:06d}" for number in range(300_000)]
    random.Random(1).shuffle(items)
    with Store(tmp_path / "w.duckdb") as store:
        vectors = np.arange(14, dtype=np.float32).reshape(7, 2)
        store.embeddings.add(hashes, vectors, "model", "1")
        store.embeddings.link("chat", [(item, hashes[int(item) % 7]) for item in items])
        found, rows = store.embeddings.of("chat", "model", "1")
    assert found == sorted(items)
    assert (rows[:, 0] == [int(item) % 7 * 2 for item in found]).all()
