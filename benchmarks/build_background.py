"""Count in how many documents a word or a number occurs, and write the tables that the leak
detector calls ordinary.

    python -m benchmarks.build_background OUT_FOLDER FILE...

FILE holds records in any layout, JSON or JSON lines, plain or gzip. A document is a whole chat: all
records of one chat, or with one opening question, are one document. Only plain words, short names
of functions and short numbers that occur in at least MINIMUM documents are kept, with how rare they
are; no text is, and nothing that only one chat says: no address, key, path or site.
"""

import gzip
import json
import math
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from curator.leak.words import units

MINIMUM = 3
NAMES = ("english", "chinese", "numbers")
HEADER = """\
# Words that occur in 3 or more of {} documents, by how rare they are: twice the bits of
# rarity, then the words. The first number is for unknown words. No word is from one chat alone."""
_KEPT = {
    "english": re.compile(
        r"(?:(?![\u1100-\uffff])[^\W\d_]){2,18}|[a-z]{3,12}(?:_[a-z]{1,10}){0,2}\(\)"
    ),
    "chinese": re.compile(r"[\u3400-\u9fff]{2,8}"),
    "numbers": re.compile(r"(?:\d{1,4}(?:\.\d{1,2})?|\d{5,6}|\d{1,2}[:/]\d{1,2})[\u3400-\u9fff]?"),
}


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


def chat(record) -> str:
    """What the records of one chat have in common: its id, or how it opens."""
    if not isinstance(record, dict):
        return str(record)[:100]
    if "conversations" in record and "id" in record:
        return str(record["id"]).split("_")[0]
    for name in ("history", "conversations", "messages", "instruction", "question_id", "data"):
        if record.get(name):
            opening = "".join(texts(record[name]))
            return opening[:100] + ("" if name != "instruction" else str(record.get("input"))[:100])
    return "".join(texts(record))[:100]


def count(paths: list[Path]) -> tuple[dict[str, Counter], Counter]:
    """In how many documents each unit is, and how many documents there are."""
    said: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        for record in records(path):
            mine = said[chat(record)]
            for unit in units("\n".join(texts(record))):
                if unit.kind != "link":
                    mine.add(unit.key)
    counts: dict[str, Counter] = {name: Counter() for name in NAMES}
    total: Counter[str] = Counter()
    for keys in said.values():
        found = {name: {key for key in keys if _KEPT[name].fullmatch(key)} for name in NAMES}
        language = "chinese" if len(found["chinese"]) > len(found["english"]) else "english"
        for name in (language, "numbers"):
            counts[name].update(found[name])
            total[name] += 1
    return counts, total


def main(out: Path, paths: list[Path]) -> None:
    counts, total = count(paths)
    for name, counted in counts.items():
        levels: dict[int, list[str]] = {}
        for key, n in counted.items():
            if n >= MINIMUM:
                levels.setdefault(round(2 * math.log2(total[name] / n)), []).append(key)
        lines = [f"{level} {' '.join(sorted(keys))}" for level, keys in sorted(levels.items())]
        top = round(2 * math.log2(total[name] / MINIMUM)) + 2
        text = "\n".join([HEADER.format(total[name]), str(top), *lines, ""])
        (out / f"{name}.txt").write_text(text, encoding="utf-8")
        print(f"{name}: {total[name]} documents, {sum(map(len, levels.values()))} units kept")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
