"""Recall and false alarms of the leak detector on planted leaks and clean rewrites of real chats.

    python -m benchmarks.bench_leak ENGLISH CHINESE RANKED CHAINS [--part dev|test] [--seed N]

ENGLISH and CHINESE are ShareGPT files, RANKED has several answers to each question
(`output` is a list, `history` before it), CHAINS the same questions with the turns that followed.
The files are read, never copied. Chats are divided into dev and test by a digest of their ids;
frames of planted sentences are divided too. The weights were chosen on dev.
"""

import argparse
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.leaks.build import Case, build
from curator.conversation import Turn
from curator.leak import find


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("english", "chinese", "ranked", "chains"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--part", choices=("dev", "test"), default="test")
    parser.add_argument("--seed", type=int, default=21)
    asked = parser.parse_args()
    files = (asked.english, asked.chinese, asked.ranked, asked.chains)
    cases = [case for case in build(*files, asked.seed) if case.test == (asked.part == "test")]
    started = time.perf_counter()
    flagged = [(case, bool(_spans(case))) for case in cases]
    each = (time.perf_counter() - started) / len(cases)
    table: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for case, hit in flagged:
        what = "leak" if case.leak else "clean"
        for language in (case.language, "both"):
            for kind in (case.kind, "all"):
                table[what, language, kind].append(hit)
    print(f"{asked.part} part, {len(cases)} cases, {each * 1000:.1f} ms each")
    print(f"{'':6} {'language':8} {'kind':12} {'n':>5} {'flagged':>8}")
    for (what, language, kind), hits in sorted(table.items()):
        print(f"{what:6} {language:8} {kind:12} {len(hits):5} {sum(hits) / len(hits):8.3f}")


def _spans(case: Case):
    later = [Turn(role, text) for role, text in case.later]
    return find(case.old, case.new, case.before, later)


if __name__ == "__main__":
    main()
