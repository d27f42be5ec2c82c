"""Word diff against difflib and against the cost of cutting both texts into words.

    python benchmarks/bench_diff.py

Prints, for pairs of 1 to 100 kB and four depths of change, milliseconds (median of many pairs) and
the ratios that matter: to cutting both texts into words, blanks and signs by the plainest pattern
(the floor), to cutting them into our tokens (own), and to difflib with and without its autojunk. A
rewrite keeps a fifth of the words.
"""

import difflib
import random
import re
import statistics
import time
from collections.abc import Callable

from curator.diff import side_by_side, tokens

_MADE = random.Random(0)
SYLLABLES = ("wa", "ter", "li", "on", "sea", "mo", "ing", "er", "ed", "ly", "con", "pre", "st")
RARE = ["".join(_MADE.choice(SYLLABLES) for _ in range(_MADE.randint(1, 4))) for _ in range(4000)]
PLAIN = re.compile(r"\w+|\s+|[^\w\s]")
COMMON = (
    "the", "a", "of", "to", "and", "is", "in", "that", "it", "you",
    "for", "on", "with", "as", "be", "this", "are", "or", "not", "can",
)  # fmt: skip
PAIRS = {1_000: 20, 4_000: 20, 10_000: 6, 30_000: 3, 100_000: 3}
CHANGES = (0.02, 0.10, 0.40, 0.80)
#: difflib takes seconds beyond this size.
LARGEST_FOR_DIFFLIB = 10_000


def word(rng: random.Random) -> str:
    """Four words in ten are of twenty, the rest of thousands, as in English."""
    return rng.choice(COMMON) if rng.random() < 0.4 else rng.choice(RARE)


def text(size: int, rng: random.Random) -> str:
    """Sentences in paragraphs, about `size` characters."""
    parts: list[str] = []
    length = 0
    while length < size:
        words = [word(rng) for _ in range(rng.randint(6, 18))]
        parts.append(" ".join(words).capitalize() + rng.choice([". ", ". ", ".\n\n"]))
        length += len(parts[-1])
    return "".join(parts)[:size]


def changed(before: str, share: float, rng: random.Random) -> str:
    """The text with about `share` of its words replaced, dropped or joined by another."""
    out: list[str] = []
    for old in before.split(" "):
        if rng.random() >= share:
            out.append(old)
        elif (kind := rng.random()) < 0.6:
            out.append(word(rng))
        elif kind < 0.8:
            out += [old, word(rng)]
    return " ".join(out)


def milliseconds(work: Callable[[str, str], object], pairs: list[tuple[str, str]]) -> float:
    """The median over the pairs, the better of two goes each."""
    taken = []
    for before, after in pairs:
        goes = []
        for _ in range(2):
            started = time.perf_counter()
            work(before, after)
            goes.append((time.perf_counter() - started) * 1000)
        taken.append(min(goes))
    return statistics.median(taken)


def by_difflib(cut: Callable[[str], list[str]], autojunk: bool) -> Callable[[str, str], object]:
    """difflib over tokens cut so."""

    def work(before: str, after: str) -> object:
        matcher = difflib.SequenceMatcher(None, cut(before), cut(after), autojunk=autojunk)
        return matcher.get_opcodes()

    return work


#: difflib over our tokens (a word with its blank), and over words and blanks as tokens apart.
RIVALS = {
    "same tokens": by_difflib(tokens, True),
    "words, blanks": by_difflib(PLAIN.findall, True),
    "no autojunk": by_difflib(PLAIN.findall, False),
}


def main() -> None:
    """Print the table."""
    rng = random.Random(1)
    heads = " ".join(f"{'/ ' + name:>16}" for name in RIVALS)
    ours = f"{'ours ms':>9} {'floor ms':>9} {'x floor':>8} {'x own':>6}"
    print(f"{'size':>8} {'change':>7} {ours} {heads}")
    for size, count in PAIRS.items():
        for share in CHANGES:
            pairs = [(b := text(size, rng), changed(b, share, rng)) for _ in range(count)]
            taken = milliseconds(side_by_side, pairs)
            floor = milliseconds(lambda b, a: (PLAIN.findall(b), PLAIN.findall(a)), pairs)
            own = milliseconds(lambda b, a: (tokens(b), tokens(a)), pairs)
            line = f"{size:>8} {share:>7.0%} {taken:>9.2f} {floor:>9.2f} {taken / floor:>8.2f}"
            line += f" {taken / own:>6.2f}"
            if size <= LARGEST_FOR_DIFFLIB:
                few = pairs[:3]
                ours_few = milliseconds(side_by_side, few)
                for rival in RIVALS.values():
                    line += f" {milliseconds(rival, few) / ours_few:>16.1f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
