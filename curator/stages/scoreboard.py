"""The exam's result: per category and system n, mean and interval; who is better, and how sure."""

from collections import defaultdict

from curator.conversation import Evaluation
from curator.evaluation import statistics
from curator.evaluation.statistics import Interval
from curator.stages.base import Report

TOTAL = "all"
#: Below so many answers an interval is so wide that a person should be told.
FEW = 30
#: Judges that are too small for their scores to mean much, by a part of their name.
WEAK = ("135m", "360m", "0.5b", "0.6b")


def tell(
    report: Report, systems: list[str], categories: list[str], scores: list[Evaluation]
) -> None:
    """Fill the report with the table, the differences to the first system, and the warnings."""
    cells = _cells(scores)
    missing = sum(score.score is None for score in scores)
    report.counts |= {
        "systems": len(systems), "categories": len(categories), "answers": len(scores),
        "scored": len(scores) - missing, "without a score": missing,
    }  # fmt: skip
    report.columns = ("category", "n", *systems)
    for category in (*categories, TOTAL):
        means = [statistics.mean(list(cells[system, category].values())) for system in systems]
        smallest = min((found.n for found in means if found), default=0)
        report.rows.append((category, smallest, *(str(m) if m else "none" for m in means)))
    report.data |= {
        "scores": {
            system: {c: _as_data(cells[system, c]) for c in (*categories, TOTAL)}
            for system in systems
        },
        "differences": _differences(report, systems, cells),
    }
    report.lines += _warnings(scores, systems, missing)


def _cells(scores: list[Evaluation]) -> dict[tuple[str, str], dict[str, float]]:
    """Scores by (system, category) and prompt."""
    cells: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for score in scores:
        if score.score is not None:
            cells[score.system, score.category][score.prompt] = score.score
            cells[score.system, TOTAL][f"{score.category} {score.prompt}"] = score.score
    return cells


def _differences(
    report: Report, systems: list[str], cells: dict[tuple[str, str], dict[str, float]]
) -> dict[str, list[float | None]]:
    """Each further system against the first, on the questions that both have a score for."""
    told: dict[str, list[float | None]] = {}
    first, *others = systems
    for other in others:
        mine, theirs = cells[other, TOTAL], cells[first, TOTAL]
        pairs = [mine[prompt] - theirs[prompt] for prompt in mine.keys() & theirs.keys()]
        found = statistics.mean(pairs)
        if found is None:
            report.lines.append(f"{other} and {first} have no scored question in common.")
            continue
        told[other] = [found.value, found.low, found.high]
        report.lines.append(
            f"{other} − {first}: {found} on {found.n} questions, paired: {_verdict(found)}"
        )
    return told


def _verdict(found: Interval) -> str:
    if found.low is None or found.high is None or found.low <= 0 <= found.high:
        return "no difference can be told."
    return "better." if found.low > 0 else "worse."


def _warnings(scores: list[Evaluation], systems: list[str], missing: int) -> list[str]:
    said = ["Scores are 0 to 10; in brackets the 95 % bootstrap interval of the mean."]
    per_system = len(scores) // max(1, len(systems))
    if per_system < FEW:
        said.append(
            f"Only {per_system} questions a system: take no row of this table for a finding."
        )
    elif per_system < FEW * 10:
        said.append("A category has few questions: compare the last row, not single categories.")
    judge = scores[0].judge if scores else ""
    if any(part in judge.lower() for part in WEAK):
        said.append(
            f"The judge is {judge}, a very small model whose scores mean little; set "
            f"[engines.judge] to a strong one before you believe them."
        )
    if missing:
        said.append(f"{missing} answers got no score that counts; they are in no mean.")
    return said


def _as_data(values: dict[str, float]) -> dict[str, float | int | None] | None:
    found = statistics.mean(list(values.values()))
    return None if found is None else found._asdict()
