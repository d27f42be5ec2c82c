"""How rewrites stand against originals: wins, intervals, agreement with people, and a picture."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from curator.engines import ChatModel, Reply
from curator.evaluation import statistics
from curator.stages.base import Report
from curator.stages.scoreboard import WEAK
from curator.store.evaluations import Comparison

SHOWN = {True: "with hindsight", False: "without hindsight"}
SCORE = {"new": 1.0, "tie": 0.5, "old": 0.0}
COLUMNS = (
    "judged", "pairs", "win", "tie", "loss", "win rate [95 %]", "wins of decided [95 %]",
    "sign test p", "length-controlled",
)  # fmt: skip


class Pair(msgspec.Struct, frozen=True):
    """What is known of a rewrite beside the verdicts: `longer` is new length minus old in
    characters, `person` what a reviewer decided (new, old, or nothing)."""

    rewrite_id: str
    conversation_id: str
    category: str
    language: str
    longer: int
    person: str


class Result(msgspec.Struct, frozen=True):
    """One pair under one condition, both orders taken together."""

    pair: Pair
    hindsight: bool
    winner: str
    consistent: bool


class Spent:
    """What the calls of this run took; replies out of the ledger cost nothing."""

    def __init__(self) -> None:
        self.calls = self.cached = self.tokens_in = self.tokens_out = 0

    def add(self, reply: Reply) -> None:
        """Count one reply."""
        if reply.cached:
            self.cached += 1
            return
        self.calls += 1
        self.tokens_in += reply.prompt_tokens
        self.tokens_out += reply.completion_tokens

    def told(self, judge: ChatModel) -> dict[str, Any]:
        """The numbers; `cost` is None where the settings name no prices."""
        settings = getattr(judge, "settings", None)
        cost = None
        if settings is not None and settings.priced:
            cost = settings.cost(self.tokens_in, self.tokens_out)
        return {
            "calls": self.calls,
            "cached": self.cached,
            "prompt_tokens": self.tokens_in,
            "completion_tokens": self.tokens_out,
            "cost": cost,
        }


def tell(
    report: Report,
    pairs: list[Pair],
    verdicts: list[Comparison],
    judge: str,
    spent: dict[str, Any],
) -> None:
    """Fill the report with table, agreement, warnings and `data`."""
    results = list(settled(pairs, verdicts))
    report.counts |= {
        "rewrites": len(pairs), "verdicts": len(verdicts), "pairs judged": len(results),
        "changed with the order": sum(not r.consistent for r in results),
    }  # fmt: skip
    report.columns = COLUMNS
    groups = _groups(results)
    report.rows = [row(name, group) for name, group in groups.items()]
    report.data |= {
        "judge": judge,
        "spent": spent,
        "groups": {name: plain(facts(group)) for name, group in groups.items()},
        "first_place_share": _first_place(verdicts),
        "human_agreement": _with_people(report, results),
    }
    report.lines += _remarks(report, results, judge, spent)


def settled(pairs: list[Pair], verdicts: list[Comparison]) -> Iterable[Result]:
    """Both orders of a pair as one result: a win needs the same winner in both (as in MT-Bench,
    Zheng et al. 2023); anything else is a tie. Pairs with only one order judged are left out."""
    orders: dict[tuple[str, bool], dict[bool, str]] = defaultdict(dict)
    for verdict in verdicts:
        orders[verdict.rewrite_id, verdict.hindsight][verdict.new_first] = verdict.verdict
    for pair in pairs:
        for hindsight in (True, False):
            said = orders.get((pair.rewrite_id, hindsight), {})
            if len(said) == 2:
                agree = said[True] == said[False]
                yield Result(pair, hindsight, said[True] if agree else "tie", agree)


def _groups(results: list[Result]) -> dict[str, list[Result]]:
    """All results by condition; then by language and category, where there are several."""
    groups: dict[str, list[Result]] = {}
    for hindsight, name in SHOWN.items():
        chosen = [r for r in results if r.hindsight == hindsight]
        if not chosen:
            continue
        groups[name] = chosen
        for what in ("language", "category"):
            kinds = Counter(getattr(r.pair, what) for r in chosen)
            if len(kinds) > 1:
                for kind, _ in kinds.most_common():
                    of_kind = [r for r in chosen if getattr(r.pair, what) == kind]
                    groups[f"{name} · {kind or f'no {what}'}"] = of_kind
    return groups


def facts(group: list[Result]) -> dict[str, Any]:
    """The numbers of one group of results. `win_rate` counts a tie as half a win."""
    count = Counter(result.winner for result in group)
    wins, losses = count["new"], count["old"]
    by_chat: dict[str, list[float]] = defaultdict(list)
    for result in group:
        by_chat[result.pair.conversation_id].append(SCORE[result.winner])
    return {
        "pairs": len(group),
        "win": wins,
        "tie": count["tie"],
        "loss": losses,
        "inconsistent": sum(not result.consistent for result in group),
        "win_rate": statistics.clustered_mean(list(by_chat.values())),
        "wins_of_decided": statistics.share(wins, wins + losses),
        "sign_test_p": statistics.sign_test(wins, losses),
        "length_controlled": statistics.length_controlled(
            [SCORE[result.winner] for result in group], [r.pair.longer for r in group]
        ),
    }


def plain(numbers: dict[str, Any]) -> dict[str, Any]:
    """The same with intervals as dicts, for JSON."""
    return {
        name: value._asdict() if isinstance(value, statistics.Interval) else value
        for name, value in numbers.items()
    }


def row(name: str, group: list[Result]) -> tuple[Any, ...]:
    """One line of the table."""
    f = facts(group)
    rate, decided, controlled = f["win_rate"], f["wins_of_decided"], f["length_controlled"]
    return (
        name, f["pairs"], f["win"], f["tie"], f["loss"], str(rate),
        str(decided) if decided else "none", f"{f['sign_test_p']:.3f}",
        "too few" if controlled is None else f"{controlled:.2f}",
    )  # fmt: skip


def _first_place(verdicts: list[Comparison]) -> float | None:
    """The share of decided verdicts that went to the answer shown first: 0.5 is unbiased."""
    decided = [v for v in verdicts if v.verdict != "tie"]
    first = sum((v.verdict == "new") == v.new_first for v in decided)
    return first / len(decided) if decided else None


def _with_people(report: Report, results: list[Result]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for hindsight, name in SHOWN.items():
        both = [r for r in results if r.hindsight == hindsight and r.pair.person]
        decided = [r for r in both if r.winner != "tie"]
        found = statistics.agreement([r.winner for r in decided], [r.pair.person for r in decided])
        if found is None:
            continue
        told[name] = {**found._asdict(), "judge_ties": len(both) - len(decided)}
        kappa = "not defined" if found.kappa is None else f"{found.kappa:.2f}"
        report.lines.append(
            f"Judge {name} and person agree on {found.share:.0%} of {found.n} rewrites that both "
            f"decided (Cohen's kappa {kappa}, Gwet's AC1 {found.ac1:.2f}); the judge left "
            f"{len(both) - len(decided)} more as ties."
        )
    if not told:
        report.lines.append("No rewrite has been decided by both the judge and a person yet.")
    return told


def _remarks(
    report: Report,
    results: list[Result],
    judge: str,
    spent: dict[str, Any],
) -> list[str]:
    said = ["Win rate counts a tie as half; a win has to hold in both orders of the answers."]
    changed = sum(not result.consistent for result in results)
    first = report.data["first_place_share"]
    if results and first is not None:
        said.append(
            f"{changed / len(results):.0%} of the pairs changed with the order (counted as ties); "
            f"{first:.0%} of the verdicts that named a winner named the answer shown first."
        )
    if any(part in judge.lower() for part in WEAK):
        said.append(
            f"The judge is {judge}, a very small model whose verdicts mean little; set "
            f"[engines.judge] to a strong one before you believe them."
        )
    money = "" if spent["cost"] is None else f", cost {spent['cost']:.4f}"
    said.append(
        f"{spent['calls']:,} calls ({spent['cached']:,} more out of the workspace), "
        f"{spent['prompt_tokens']:,} tokens in, {spent['completion_tokens']:,} out{money}."
    )
    return said


COLOURS = (("win", "#2f7d5b"), ("tie", "#b9b4a7"), ("loss", "#b5482f"))
WIDTH, BAR, LABEL, LINE = 860, 420, 300, 34


def picture(report: Report) -> str:
    """The groups as stacked bars of win, tie and loss, in SVG."""
    groups = report.data["groups"]
    parts = []
    for place, (name, f) in enumerate(groups.items()):
        y, x = 60 + place * LINE, float(LABEL)
        parts.append(f'<text x="{LABEL - 12}" y="{y + 15}" text-anchor="end">{escape(name)}</text>')
        for what, colour in COLOURS:
            width = BAR * f[what] / f["pairs"]
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="20" fill="{colour}">'
                f"<title>{what}: {f[what]}</title></rect>"
            )
            if width > 24:
                parts.append(
                    f'<text x="{x + width / 2:.1f}" y="{y + 15}" text-anchor="middle" '
                    f'fill="white">{f[what]}</text>'
                )
            x += width
        rate = escape(str(statistics.Interval(**f["win_rate"])))
        parts.append(f'<text x="{LABEL + BAR + 10}" y="{y + 15}">{rate}</text>')
    key = " · ".join(what for what, _ in COLOURS)
    height = 80 + len(groups) * LINE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="13">'
        f'<rect width="100%" height="100%" fill="white"/>'
        f'<text x="{LABEL}" y="24" font-size="15">New answers against old ({key})</text>'
        f'<text x="{LABEL}" y="44" fill="#666">judged by {escape(report.data["judge"])}; '
        f"right: win rate with 95 % interval, a tie is half</text>"
        f"{''.join(parts)}</svg>\n"
    )
