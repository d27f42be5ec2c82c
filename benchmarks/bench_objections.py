"""Precision and recall of the objection detector on turns labelled by hand.

    python -m benchmarks.bench_objections ENGLISH CHINESE

Both are ShareGPT files; `tests/data/objections.jsonl` holds ids, turn numbers and labels, no text.
Most of each sample was drawn from turns with any of a wide list of cue words, the rest from
the others. Cues of the detector were chosen on the part `dev`.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from benchmarks.leaks.build import read
from curator.objections import OBJECTS, objection

LABELS = Path(__file__).parents[1] / "tests" / "data" / "objections.jsonl"


def main(english: Path, chinese: Path) -> None:
    texts: dict[tuple[str, str, int], str] = {}
    for language, path in (("en", english), ("zh", chinese)):
        for record in read(path):
            for turn, said in enumerate(record["conversations"]):
                texts.setdefault((language, record["id"], turn), said["value"])
    counts: Counter[tuple[str, str, str]] = Counter()
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        text = texts.get((label["language"], label["id"], label["turn"]))
        if text is None:
            counts[label["language"], label["part"], "missing"] += 1
            continue
        hit = objection(text).score >= OBJECTS
        what = ("true" if hit == label["objects"] else "false") + ("+" if hit else "-")
        counts[label["language"], label["part"], what] += 1
    for language, part in sorted({key[:2] for key in counts}):
        n = {what: counts[language, part, what] for what in ("true+", "false+", "true-", "false-")}
        precision = n["true+"] / max(1, n["true+"] + n["false+"])
        recall = n["true+"] / max(1, n["true+"] + n["false-"])
        print(
            f"{language} {part:9} n {sum(n.values()):4}  precision {precision:.2f}  "
            f"recall {recall:.2f}  {n}  missing {counts[language, part, 'missing']}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
