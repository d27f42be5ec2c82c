"""Count in how many texts a word or a number occurs, and write the tables that the leak detector
calls ordinary.

    python benchmarks/build_background.py OUT_FOLDER FILE...

FILE holds records in any layout, JSON or JSON lines, plain or gzip; every text in it counts. Only
units that occur in at least MINIMUM texts are kept, as counts; no text is.
"""

import gzip
import json
import math
import sys
from collections import Counter
from pathlib import Path

from curator.leak.words import units

MINIMUM = {"english": 4, "chinese": 3, "numbers": 4}


def texts(value):
    """Every string inside a decoded record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def records(path: Path):
    """The records of one file."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    try:
        yield from json.loads(text)
    except json.JSONDecodeError:
        yield from (json.loads(line) for line in text.splitlines() if line.strip())


def main(out: Path, paths: list[Path]) -> None:
    counts = {"english": Counter(), "chinese": Counter(), "numbers": Counter()}
    total = Counter()
    for path in paths:
        for record in records(path):
            found = {"english": set(), "chinese": set(), "numbers": set()}
            for unit in units("\n".join(texts(record))):
                if unit.kind in ("number", "measure"):
                    found["numbers"].add(unit.key)
                elif unit.kind != "link":
                    found["chinese" if "\u3400" <= unit.key[0] <= "\u9fff" else "english"].add(
                        unit.key
                    )
            language = "chinese" if len(found["chinese"]) > len(found["english"]) else "english"
            for name in (language, "numbers"):
                counts[name].update(found[name])
                total[name] += 1
    for language, counted in counts.items():
        levels: dict[int, list[str]] = {}
        for key, n in counted.items():
            if n >= MINIMUM[language] and len(key) > 1:
                levels.setdefault(round(2 * math.log2(total[language] / n)), []).append(key)
        lines = [f"{level} {' '.join(sorted(keys))}" for level, keys in sorted(levels.items())]
        top = round(2 * math.log2(total[language] / MINIMUM[language])) + 2
        (out / f"{language}.txt").write_text(f"{top}\n" + "\n".join(lines) + "\n", encoding="utf-8")
        print(f"{language}: {total[language]} texts, {sum(map(len, levels.values()))} units kept")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
