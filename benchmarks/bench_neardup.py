"""Near twins: ours against datasketch's own loop and LSH, on the same texts in the same run.

    python -m benchmarks.bench_neardup [texts]

Makes texts of 5 to 600 words with planted copies, finds the twins both ways, and prints texts a
second, the ratio, and recall and precision against the planted truth, compared in full. The floor
is one pass over the words.
"""

import random
import sys
import time
from collections.abc import Callable

from curator.similarity import paper, twins
from curator.text import jaccard, normalise, shingle_size, shingles

THRESHOLD = 0.7
Pairs = set[tuple[int, int]]


def corpus(count: int, seed: int = 1) -> list[str]:
    """Texts of which a quarter are copies of an earlier one with up to a twelfth changed."""
    draw = random.Random(seed)
    english = ["".join(draw.choices("aeioubcdlmnrst", k=6)) for _ in range(20_000)]
    chinese = [chr(0x4E00 + i) for i in range(3000)]
    families: list[tuple[list[str], str]] = []
    texts = []
    for _ in range(count):
        if families and draw.random() < 0.25:
            words, glue = draw.choice(families)
            words = list(words)
            for _ in range(draw.randrange(1 + len(words) // 12)):
                words[draw.randrange(len(words))] = draw.choice(english)
        else:
            glue = draw.choice((" ", " ", ""))
            words = draw.choices(english if glue else chinese, k=int(5 * 120 ** draw.random()))
            families.append((words, glue))
        texts.append(glue.join(words))
    return texts


def ours(texts: list[str]) -> Pairs:
    """Through `curator.similarity`."""
    seen: dict[str, int] = {}
    papers = [paper(text, seen) for text in texts]
    return {(p.one, p.other) for found in twins(papers, THRESHOLD) for p in found}


def theirs(texts: list[str]) -> Pairs:
    """datasketch as its documentation shows it: update() for each shingle, MinHashLSH, query."""
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    found = set()
    for place, text in enumerate(texts):
        sketch = MinHash(128)
        for shingle in shingles(text):
            sketch.update(shingle.encode())
        found.update((int(near), place) for near in lsh.query(sketch))
        lsh.insert(str(place), sketch)
    return found


def truth(texts: list[str], proposed: Pairs) -> Pairs:
    """Those of the proposed pairs that are twins, compared in full."""
    real = set()
    for one, other in proposed:
        fewest = min(len(normalise(texts[place]).split(" ")) for place in (one, other))
        size = shingle_size(fewest)
        if jaccard(shingles(texts[one], size), shingles(texts[other], size)) >= THRESHOLD:
            real.add((one, other))
    return real


def timed(work: Callable[[], Pairs]) -> tuple[Pairs, float]:
    started = time.process_time()
    found = work()
    return found, time.process_time() - started


def main(count: int) -> None:
    texts = corpus(count)
    _, floor = timed(lambda: {(len(normalise(text)), 0) for text in texts})
    mine, my_time = timed(lambda: ours(texts))
    peer, peer_time = timed(lambda: theirs(texts))
    real = truth(texts, mine | peer)
    print(f"{count} texts, {sum(map(len, texts)) / 1e6:.1f} M characters, {len(real)} twins")
    print(f"{'':28}{'texts/s':>9}{'recall':>9}{'precision':>11}")
    for name, found, seconds in (
        ("ours", mine, my_time), ("datasketch update() + LSH", peer, peer_time),
    ):  # fmt: skip
        hits = len(found & real)
        rates = f"{hits / max(1, len(real)):9.3f}{hits / max(1, len(found)):11.3f}"
        print(f"{name:28}{count / seconds:9.0f}{rates}")
    print(f"{'floor: find the words':28}{count / floor:9.0f}")
    print(f"ours / datasketch: {peer_time / my_time:.1f} x; ours / floor: {my_time / floor:.1f} x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
