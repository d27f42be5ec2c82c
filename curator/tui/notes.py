"""What is said about a rewrite: the person's marks, signals with their reasons, the criticism."""

from curator.conversation import Rewrite, Signal
from curator.review import ReviewItem
from curator.tui.answers import View
from curator.tui.footnotes import reasons
from curator.tui.ink import ACCENT, BOLD, QUIET, RULE, WARN, Row, clipped, plain, width_of
from curator.tui.keys import aside
from curator.tui.markup import markdown
from curator.tui.safe import safe_line
from curator.tui.sides import TURN_SHOWN, letter, shown
from curator.tui.wrapping import wrap
from curator.wording import several


def notes(item: ReviewItem, width: int, view: View) -> list[Row]:
    """The person's marks, what signals warn of and why, the criticism, the quiet signals; a hasty
    view without the reasons of leaks."""
    flagged = [signal for signal in item.signals if signal.flagged]
    if not view.notes:
        said = f"▸ criticism and {several(len(item.signals), 'signal')}"
        warn = f", {len(flagged)} of them a warning" if flagged else ""
        said += warn + aside(view.hints.notes, "shows them")
        return [((clipped(said, width), WARN if flagged else QUIET),)]
    rows: list[Row] = []
    rows += _marks(item, width)
    told = [] if view.hasty else _leaks(item, width)
    rows += told
    if told:  # its reasons stand there, with their places
        flagged = [signal for signal in flagged if signal.name != "leak"]
    if flagged:
        rows.append(rule(f"signals · {len(flagged)} to look at", width))
        for signal in flagged:
            rows += _signal(signal, width)
        rows.append(())
    rows += _warnings(item, width)
    rows += _criticism(item.rewrite, width)
    if item.rewrite.advice:
        text, _ = shown(f"advice given: {item.rewrite.advice}", TURN_SHOWN)
        rows += wrap(text, plain(text, QUIET), width)
    if quiet := sum(not signal.flagged for signal in item.signals):
        said = f"{several(quiet, 'signal')} found nothing"
        said += aside(view.hints.passport, "lists them")
        rows += [(), ((clipped(said, width), QUIET),)]
    return rows


def _criticism(rewrite: Rewrite, width: int) -> list[Row]:
    """What was said of the old answer, and by whom; of an answer that came with a file, what that
    says of it."""
    model = "came with the file" if rewrite.given else safe_line(rewrite.model)
    rows: list[Row] = []
    if rewrite.criticism or not rewrite.given:
        rows.append(rule(f"criticism · {model}" if model else "criticism", width))
        text, left_out = shown(rewrite.criticism or "(the reflector gave none)", TURN_SHOWN)
        rows += wrap(text, markdown(text), width)
        if left_out:
            rows.append(((f"… {left_out:,} more characters", QUIET),))
    if rewrite.given:
        if not rows:
            rows.append(rule(model, width))
        text = safe_line(given(rewrite))
        rows += wrap(text, plain(text, QUIET), width)
    return rows


def given(rewrite: Rewrite) -> str:
    """What a file says of an answer that came with it."""
    rank = rewrite.given.get("rank", 0)
    place = f", and ranks this one {rank + 1}." if rank > 1 else "."
    said = {"old": f"The file prefers the old answer{place}", "new": "The file prefers this one."}
    told = [said.get(rewrite.label, "The file does not say which answer is better.")]
    told += [
        f"{name}: {rewrite.given[name]}" for name in ("model", "score") if name in rewrite.given
    ]
    return " · ".join(told)


def rule(text: str, width: int, what: int = RULE) -> Row:
    text = clipped(text, width - 6)
    line = (("── ", what), (text, QUIET | BOLD), (" ", what))
    return (*line, ("─" * max(width - width_of(line), 0), what))


def _marks(item: ReviewItem, width: int) -> list[Row]:
    said = []
    if (score := item.marks.get("score")) is not None:
        said.append(f"score {safe_line(str(score))} of 5")
    if tags := item.marks.get("tags"):
        said.append("# " + " ".join(safe_line(str(tag)) for tag in tags))
    if note := item.marks.get("note"):
        said.append(f"note: {safe_line(str(note))}")
    if not said:
        return []
    text = " · ".join(said)
    return [rule("your marks", width), *wrap(text, plain(text, ACCENT), width), ()]


def _leaks(item: ReviewItem, width: int) -> list[Row]:
    """The reasons of the footnotes in the new answer."""
    found = reasons(item)
    if not found:
        return []
    certain = next((f" · leak {_number(s)}" for s in item.signals if s.name == "leak"), "")
    rows = [rule(f"knows too much{certain}", width)]
    for number, why in enumerate(found):
        text = safe_line(f"[{letter(number)}] {why}")
        rows += wrap(text, plain(text, WARN), width)
    return [*rows, ()]


def _warnings(item: ReviewItem, width: int) -> list[Row]:
    """What is gravely wrong, or worth a look, with the answer that stands and with its question."""
    if not item.warnings:
        return []
    # All signals with their patterns: what most items have no need of.
    from curator.signals.catalogue import entry

    found = [(entry(flag.name), flag, whose) for flag, whose in item.warnings]
    told = [(e, flag, whose) for e, flag, whose in found if e and e.severity != "hint"]
    if not told:
        return []
    rows = [rule("the chat as it is", width)]
    for e, flag, whose in sorted(told, key=lambda one: one[0].severity):
        text = safe_line(f"! {whose}: {e.about} {flag.note}".rstrip())
        rows += wrap(text, plain(text, WARN if e.severity == "grave" else QUIET), width)
    return [*rows, ()]


def _signal(signal: Signal, width: int) -> list[Row]:
    name = safe_line(signal.name.replace("_", " "))
    note = f" — {safe_line(signal.note)}" if signal.note else ""
    text = f"! {name} {_number(signal)}{note}"
    return wrap(text, plain(text, WARN), width)


def _number(signal: Signal) -> str:
    return f"{signal.value:.2f}".rstrip("0").rstrip(".")
