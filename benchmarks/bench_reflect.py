"""How the embedded model reflects on real turns: asked for JSON, and asked in plain words.

    python -m benchmarks.bench_reflect ENGLISH CHINESE OUT [--turns 50,20] [--ask json,plain]

Imports both files (any layout) into workspaces under OUT, reflects on the turns that users object
to most, one attempt each, measures the gates, and prints what came: usable replies, verdicts,
answers that only repeat the criticism, the chat or the old answer, flags, seconds. Old/new pairs
are written to OUT/*.pairs.txt. A second call goes on where the first was stopped.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from curator.conversation import Rewrite
from curator.store import Store

#: Two texts that are this much alike say the same.
SAME = 85


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("english", type=Path)
    parser.add_argument("chinese", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--turns", default="50,20")
    parser.add_argument("--ask", default="json,plain")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    numbers = [int(n) for n in asked.turns.split(",")]
    for ask in asked.ask.split(","):
        for name, file, turns in zip(
            ("english", "chinese"), (asked.english, asked.chinese), numbers, strict=True
        ):
            workspace = asked.out / f"{name}-{ask}.duckdb"
            if not workspace.exists():
                _curator(workspace, "import", str(file))
            left = turns - _tried(workspace)
            started = time.perf_counter()
            if left > 0:
                _curator(
                    workspace, "reflect", "--ask", ask, "--limit", str(left), "--attempts", "1"
                )
            seconds = time.perf_counter() - started
            flags = _curator(workspace, "score")["flags"]
            _tell(f"{name}, asked for {ask}", workspace, turns, flags, seconds)


def _curator(workspace: Path, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "curator", *words, "-w", str(workspace), "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 6):
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout))


def _tried(workspace: Path) -> int:
    with Store(workspace) as store:
        return store.rewrites.count()


def _tell(title: str, workspace: Path, turns: int, flags: dict[str, int], seconds: float) -> None:
    with Store(workspace) as store:
        made = [(r, store.conversations.get(r.conversation_id)) for r in store.rewrites.all()]
    verdicts: dict[str, int] = {}
    copies = {"of the criticism": 0, "of the old answer": 0, "of a user turn": 0}
    pages = []
    for rewrite, chat in made:
        verdicts[rewrite.verdict] = verdicts.get(rewrite.verdict, 0) + 1
        old = chat.turns[rewrite.turn_index].content
        said = [turn.content for turn in chat.turns if turn.role == "user"]
        copies["of the criticism"] += _same(rewrite.content, rewrite.criticism)
        copies["of the old answer"] += rewrite.verdict != "keep" and _same(rewrite.content, old)
        copies["of a user turn"] += any(_same(rewrite.content, text) for text in said)
        pages.append(_page(rewrite, chat.turns[rewrite.turn_index - 1].content, old, said))
    print(f"{title}: {len(made)} of {turns} turns usable ({len(made) / turns:.0%})")
    print(f"  verdicts {verdicts}\n  copies {copies}\n  flags {flags}")
    print(f"  {seconds:.0f} s", flush=True)
    workspace.with_suffix(".pairs.txt").write_text("\n\n".join(pages), encoding="utf-8")


def _same(one: str, other: str) -> bool:
    return bool(one.strip()) and fuzz.ratio(one[:2000], other[:2000]) >= SAME


def _page(rewrite: Rewrite, question: str, old: str, said: list[str]) -> str:
    return (
        f"=== {rewrite.conversation_id} turn {rewrite.turn_index} {rewrite.verdict}\n"
        f"Q   {question[-400:]}\nOLD {old[:600]}\nC   {rewrite.criticism[:400]}\n"
        f"NEW {rewrite.content[:900]}\nUSER TURNS {len(said)}"
    )


if __name__ == "__main__":
    main()
