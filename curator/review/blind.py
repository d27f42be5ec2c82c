"""Judging blind: which side is which, what a choice means, and what it says of the reviewer."""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from curator.conversation import Rewrite, Verdict, digest
from curator.evaluation.statistics import Interval, share
from curator.text import words
from curator.wording import several

Side = Literal["left", "right", "tie"]
SIDES: dict[str, Side] = {"1": "left", "2": "right", "0": "tie"}
#: A bias is named from so many choices on.
ENOUGH = 10


def new_is_left(reviewer: str, rewrite_id: str) -> bool:
    """Whether the new answer stands on the left: by a coin that falls the same way for this
    reviewer and item every time, so that going back shows nothing."""
    return int(digest(["blind", reviewer, rewrite_id])[:2], 16) % 2 == 0


def judged(
    side: Side, reviewer: str, rewrite_id: str, before: str, after: str
) -> tuple[Verdict, dict[str, Any]]:
    """The verdict of a blind choice, and what its record says.

    The new answer is taken where it was called better. A tie keeps the old answer, for nothing
    speaks for the change, and is counted as a tie."""
    left = "new" if new_is_left(reviewer, rewrite_id) else "old"
    outcome = "tie"
    if side != "tie":
        outcome = left if side == "left" else ("old" if left == "new" else "new")
    sizes = len(words(before)), len(words(after))
    longer = "" if sizes[0] == sizes[1] else "new" if sizes[1] > sizes[0] else "old"
    return (
        "accept" if outcome == "new" else "reject",
        {"blind": True, "side": side, "left": left, "outcome": outcome, "longer": longer},
    )


def labelled(rewrite: Rewrite) -> dict[str, Any]:
    """What the record of a choice says of the file that the rewrite came with: which answer that
    calls better, if it does."""
    return {"label": rewrite.label} if rewrite.label else {}


class Tally(msgspec.Struct, frozen=True):
    """What blind choices add up to. `left` and `longer` count choices (ties apart) of that side;
    `unlike` are the choices between answers of different length, `labelled` those between two of
    which the file calls one better, and `agreed` those that say so too."""

    new: int = 0
    old: int = 0
    ties: int = 0
    left: int = 0
    longer: int = 0
    unlike: int = 0
    labelled: int = 0
    agreed: int = 0

    @property
    def chosen(self) -> int:
        """How often one side was called better."""
        return self.new + self.old


def tally(records: Iterable[dict[str, Any]]) -> Tally:
    """The sums over the `extra` of decisions; those that were not blind are left out."""
    blind = [record for record in records if record.get("blind")]
    clear = [record for record in blind if record.get("outcome") in ("new", "old")]
    unlike = [record for record in clear if record.get("longer")]
    return Tally(
        new=sum(record["outcome"] == "new" for record in clear),
        old=sum(record["outcome"] == "old" for record in clear),
        ties=len(blind) - len(clear),
        left=sum(record.get("side") == "left" for record in clear),
        longer=sum(record["longer"] == record["outcome"] for record in unlike),
        unlike=len(unlike),
        labelled=sum(bool(record.get("label")) for record in clear),
        agreed=sum(record.get("label") == record["outcome"] for record in clear),
    )


def sentences(told: Tally) -> list[str]:
    """The tally in words, shares with their 95 % intervals; [] where nothing was judged blind."""
    if not told.chosen and not told.ties:
        return []
    ties = f", {several(told.ties, 'tie')}"
    won = share(told.new, told.chosen)
    if won is None:
        return [f"Blind: nothing but ties so far{ties}."]
    said = [f"Blind: the new answer won {_percent(won)} of {told.chosen}{ties}."]
    if (same := share(told.agreed, told.labelled)) is not None:
        said.append(f"Agreement with the labels of the files: {_percent(same)} of {same.n}.")
    said.append(_bias("the left side", share(told.left, told.chosen)))
    said.append(_bias("the longer answer", share(told.longer, told.unlike)))
    return [sentence for sentence in said if sentence]


def _bias(what: str, chosen: Interval | None) -> str:
    if chosen is None or chosen.low is None or chosen.high is None:
        return ""
    if chosen.n < ENOUGH:
        return f"You chose {what} in {_percent(chosen)} of {chosen.n}: too few to call a bias."
    uneven = chosen.low > 0.5 or chosen.high < 0.5
    word = "a bias, unless it was better that often" if uneven else "no bias to be seen"
    return f"You chose {what} in {_percent(chosen)} of {chosen.n}: {word}."


def _percent(of: Interval) -> str:
    low, high = of.low or 0.0, of.high if of.high is not None else 1.0
    return f"{of.value:.0%} ({low:.0%} to {high:.0%})"
