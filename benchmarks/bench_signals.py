"""How many turns a second one core reads with all turn signals.

    python benchmarks/bench_signals.py [CHATS.json …] [--turns 4000]

Without files it makes turns of its own, of the lengths of real ones; files are imported as
`curator import` would. The floor is Python's own cost of cutting each turn into words and looking
through it once with one pattern: the ratio says how many such looks the whole set costs.
"""

import argparse
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

from curator.signals.turns import TURN_SIGNALS, for_roles, read, remarkable

Chat = list[tuple[str, str, bool]]
WORDS = (
    "the", "river", "rises", "in", "hills", "and", "runs", "through", "four", "towns", "before",
    "it", "ends", "at", "sea", "where", "people", "build", "boats", "of", "oak", "then", "sail",
    "them", "along", "coasts", "to", "sell", "cloth", "salt", "fish", "iron", "because",
    "winters", "are", "long", "while", "summers", "stay", "short", "so", "that", "every",
    "harvest", "counts", "as", "much", "as", "any", "cargo",
)  # fmt: skip
HAN = (
    "河流从山上流下来经过四座城市然后入海人们用橡木造船沿着海岸航行出售布盐鱼铁因为冬天很长夏天很短"
)


def made(turns: int, seed: int = 0) -> list[Chat]:
    """Chats of two to eight turns; answers of some 1,000 characters, a fifth of them Chinese."""
    draw = random.Random(seed)
    chats: list[Chat] = []
    left = turns
    while left > 0:
        chinese = draw.random() < 0.2
        chat = []
        for index in range(2 * draw.randint(1, 4)):
            words = max(4, int(draw.lognormvariate(2.6 if index % 2 == 0 else 4.9, 0.7)))
            chat.append((("user", "assistant")[index % 2], _text(draw, words, chinese), False))
        left -= len(chat)
        chats.append(chat)
    return chats


def _text(draw: random.Random, words: int, chinese: bool) -> str:
    if chinese:
        said = "".join(draw.choices(HAN, k=2 * words))
        return "，".join(said[i : i + 14] for i in range(0, len(said), 14)) + "。"
    said = draw.choices(WORDS, k=words)
    lines = [" ".join(said[i : i + 16]).capitalize() + "." for i in range(0, len(said), 16)]
    return "\n\n".join(" ".join(lines[i : i + 4]) for i in range(0, len(lines), 4))


def imported(paths: list[Path], turns: int) -> list[Chat]:
    """The first chats of some files, by the importer itself."""
    import tempfile

    from curator.stages.base import Silent
    from curator.stages.importing import STAGE
    from curator.stages.runner import perform
    from curator.store import Store

    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "w.duckdb") as store:
        config = STAGE.config(files=tuple(map(str, paths)))
        perform(store, STAGE, config, None, Silent())  # type: ignore[arg-type]
        chats, left = [], turns
        for chat in store.conversations.iterate():
            chats.append([(t.role, t.content, bool(t.extra)) for t in chat.turns])
            left -= len(chat.turns)
            if left <= 0:
                break
    return chats


def best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of processor time, the least of some runs."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--turns", type=int, default=4000)
    asked = parser.parse_args()
    chats = imported(asked.files, asked.turns) if asked.files else made(asked.turns)
    turns = sum(map(len, chats))
    size = sum(len(text) for chat in chats for _, text, _ in chat)
    by_role = for_roles(TURN_SIGNALS)
    pattern = re.compile(r"[^\W\d_]{12,}")

    def ours() -> None:
        for chat in chats:
            remarkable(read(chat), by_role)

    def floor() -> None:
        for chat in chats:
            for _, text, _ in chat:
                text.split()
                pattern.findall(text)

    ours_s, floor_s = best(ours), best(floor)
    print(f"{len(TURN_SIGNALS)} signals, {turns:,} turns, {size / turns:,.0f} characters a turn")
    print(f"{turns / ours_s:,.0f} turns a second on one core, {size / ours_s / 1e6:.2f} MB/s")
    print(f"{ours_s / floor_s:.1f} × one split and one search of every turn")


if __name__ == "__main__":
    main()
