"""Recall and false alarms of the leak detector on a second set of planted leaks and clean rewrites.

    python -m benchmarks.bench_leak_fresh DATA_FOLDER [--half tuned|held|third] [--show KIND]

Other recipes, other sentences and other chats than `bench_leak`. The detector was tuned on the half
`tuned`; mistakes on `held` were looked at twice; `third` (sentences of `held`, other chats) was not
looked at before its numbers were written down.
"""

import argparse
import time
from collections import defaultdict
from pathlib import Path

from scipy.stats import binomtest

from benchmarks.leaks.build import Case
from benchmarks.leaks.fresh import build
from curator.conversation import Turn
from curator.leak import LeakSpan, find

FILES = {
    "english": "sharegpt/ShareGPT_V3_unfiltered_cleaned_split.slice-A.json.gz",
    "chinese": "medicalgpt/sharegpt_zh_1K.slice-A.json.gz",
    "ranked": "llama-factory/oaast_rm_zh.json.gz",
    "chains": "llama-factory/oaast_sft_zh.json.gz",
    "kto": "llama-factory/kto_en_demo.json.gz",
    "dpo": "llama-factory/dpo_en_demo.minus-1.json.gz",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("tuned", "held", "third"), default="third")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--show", default="", help="print the mistakes of a kind, or of 'all'")
    asked = parser.parse_args()
    files = {name: asked.folder / path for name, path in FILES.items()}
    cases = build(files, asked.seed, asked.half == "third")
    cases = [case for case in cases if case.test == (asked.half != "tuned")]
    started = time.perf_counter()
    spans = [_spans(case) for case in cases]
    each = (time.perf_counter() - started) / len(cases)
    table: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for case, found in zip(cases, spans, strict=True):
        if bool(found) != case.leak and asked.show in (case.kind, "all"):
            _show(case, found)
        what = "leak" if case.leak else "clean"
        for language in (case.language, "both"):
            for kind in (case.kind, "all"):
                table[what, language, kind].append(bool(found))
    print(f"half {asked.half}, {len(cases)} cases, {each * 1000:.1f} ms each")
    for (what, language, kind), hits in sorted(table.items()):
        sure = binomtest(sum(hits), len(hits)).proportion_ci(method="wilson")
        print(
            f"{what:6} {language:8} {kind:14} {len(hits):5} {sum(hits) / len(hits):8.3f}"
            f"  ({sure.low:.3f} to {sure.high:.3f})"
        )


def _spans(case: Case) -> tuple[LeakSpan, ...]:
    later = [Turn(role, text) for role, text in case.later]
    return find(case.old, case.new, case.before, later)


def _show(case: Case, found: tuple[LeakSpan, ...]) -> None:
    print(f"-- {case.language} {case.kind} {'MISSED' if case.leak else 'FALSE ALARM'}")
    if case.leak:
        at = case.new.find(case.planted)
        print(f"   planted: {case.planted[:200]!r} in {case.new[max(0, at - 40) : at + 80]!r}")
    for span in found:
        print(f"   {span.score} {span.kind} {span.why[:200]}")


if __name__ == "__main__":
    main()
