"""Precision and recall of the objection detector on turns labelled by hand.

    python -m benchmarks.bench_objections ENGLISH CHINESE [--mistakes]

Both are ShareGPT files; `tests/data/objections.jsonl` holds ids, turn numbers and labels, no text.
Round 1 was drawn from turns with any of a wide list of cue words and from the others; round 2 from
those that the detector hit when the sample was drawn (`hit`), from others with a cue word (`cue`),
and from the rest. `weight` is how many turns of the files a labelled one of round 2 stands for, so
the weighted numbers are those of all later user turns. Cues of the detector were chosen on the
part `dev`; intervals are 95 %, by drawing the sample again 2,000 times.
"""

import argparse
import json
import random
from pathlib import Path
from typing import NamedTuple

from benchmarks.leaks.build import read
from curator.objections import OBJECTS, objection

LABELS = Path(__file__).parents[1] / "tests" / "data" / "objections.jsonl"


class Judged(NamedTuple):
    """One labelled turn: what it stands for, what the person and the detector say."""

    weight: float
    objects: bool
    hit: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("english", type=Path)
    parser.add_argument("chinese", type=Path)
    parser.add_argument("--mistakes", action="store_true", help="print those of the part dev")
    asked = parser.parse_args()
    texts: dict[tuple[str, str, int], str] = {}
    for language, path in (("en", asked.english), ("zh", asked.chinese)):
        for record in read(path):
            for turn, said in enumerate(record["conversations"]):
                texts.setdefault((language, record["id"], turn), said["value"].strip())
    groups: dict[tuple[str, int, str], list[Judged]] = {}
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        text = texts.get((label["language"], label["id"], label["turn"]))
        if text is None:
            continue
        found = objection(text)
        judged = Judged(label["weight"], label["objects"], found.score >= OBJECTS)
        key = label["language"], label["round"], label["part"]
        groups.setdefault(key, []).append(judged)
        if asked.mistakes and label["part"] == "dev" and judged.hit != judged.objects:
            print("FALSE" if judged.hit else "MISS ", " ".join(text.split())[:150], found.words)
    for (language, turn, part), group in sorted(groups.items()):
        print(f"{language} round {turn} {part:9} n {len(group):4}  {_told(group)}")


def _told(group: list[Judged]) -> str:
    rng = random.Random(1)
    positives = sum(judged.objects for judged in group)
    drawn = [_rates(rng.choices(group, k=len(group))) for _ in range(2000)]
    words = [f"objections {positives:3}"]
    for name, i in (("precision", 0), ("recall", 1)):
        ordered = sorted(rates[i] for rates in drawn)
        words.append(f"{name} {_rates(group)[i]:.2f} ({ordered[50]:.2f} to {ordered[1949]:.2f})")
    return "  ".join(words)


def _rates(group: list[Judged]) -> tuple[float, float]:
    both = sum(judged.weight for judged in group if judged.hit and judged.objects)
    hits = sum(judged.weight for judged in group if judged.hit)
    positives = sum(judged.weight for judged in group if judged.objects)
    return both / hits if hits else 0.0, both / positives if positives else 0.0


if __name__ == "__main__":
    main()
