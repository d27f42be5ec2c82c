"""Chats whose turns are out of order are put right, when asked; the originals stay."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from curator.engines import Engines
from curator.errors import ConfigError
from curator.stages.base import Filtered, Progress, Report, Stage
from curator.store import Store

if TYPE_CHECKING:
    from curator.conversation import Conversation
    from curator.store.fixes import Fix

Kind = Literal["role-confusion", "empty-turn", "leading-assistant", "doubled-role", "trailing-user"]
WINDOW = 1000
SAMPLES = 3
COLUMNS = ("kind", "where", "before", "after")
#: A guess from words alone: an answer may well quote a dialogue. Done only when it is named.
GUESSED = "role-confusion"
LEGEND = "S system, U user, A assistant, T tool; the number is the characters of the turn"
SIGNS = {"system": "S", "user": "U", "assistant": "A", "tool": "T"}


@dataclass(frozen=True, kw_only=True)
class Config(Filtered):
    """Put chats right whose turns are out of order.

    Without --apply it only shows what it would do, three samples of each kind: leading turns of the
    model and empty turns are left out, two turns of one speaker become one, a last question
    without an answer is left out. With --kinds role-confusion, words of another speaker at the end
    of an answer are cut (a guess: the answer may quote a dialogue). The originals are kept, and
    --undo brings them back.
    """

    apply: Annotated[bool, "do what the preview shows"] = False
    undo: Annotated[bool, "take back the latest fix"] = False
    kinds: Annotated[
        tuple[Kind, ...],
        "only these kinds (repeatable); all but role-confusion, where none is named",
    ] = ()


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:  # noqa: ARG001
    """Preview, apply or undo. Chats that were rewritten already are left as they are."""
    if config.undo:
        if config.apply:
            raise ConfigError("--apply and --undo exclude each other")
        report = Report(counts={"chats as before": store.fixes.undo(store.run_id)})
        if not report.counts["chats as before"]:
            report.lines.append("there is no fix to take back")
        return report
    return mended(store, config, progress)


def mended(store: Store, config: Config, progress: Progress) -> Report:
    """What is put right, or with no `config.apply` what would be: then nothing is written."""
    from curator.formats.structure import NAMES

    report = Report(columns=COLUMNS)
    counts: Counter[str] = Counter()
    shown: defaultdict[str, int] = defaultdict(int)
    done, part = 0, config.part(store)
    kinds: tuple[str, ...] = config.kinds or tuple(name for name in NAMES if name != GUESSED)
    for fixes in _windows(store, kinds, part and part.chats, (progress, report)):
        for fix, before in fixes:
            counts.update(fix.kinds)
            counts["left with nothing"] += fix.new is None
            for kind in fix.kinds:
                if shown[kind] < SAMPLES:
                    shown[kind] += 1
                    report.rows.append((kind, *_sample(before, fix.new)))
        if config.apply:
            assert store.run_id is not None
            store.fixes.apply([fix for fix, _ in fixes], store.run_id)
        done += len(fixes)
    if report.rows:
        report.lines.append(LEGEND)
    report.rows.sort(key=lambda row: NAMES.index(row[0]))
    name = "chats put right" if config.apply else "chats to put right"
    report.counts = {name: done, **report.counts, **{name: n for name, n in counts.items() if n}}
    if done and not config.apply:
        report.lines.append("nothing was changed: `curator fix --apply` does it")
    elif done:
        report.lines.append("`curator fix --undo` brings the originals back")
    if part is not None:
        part.told(report)
    return report


def _windows(
    store: Store,
    kinds: tuple[str, ...],
    only: Sequence[int] | None,
    steps: tuple[Progress, Report],
) -> Iterator[list[tuple["Fix", "Conversation"]]]:
    """What is to be put right, window by window, with the chats as they are."""
    from curator.formats.structure import faults_of
    from curator.formats.structure import mended as better_of
    from curator.store.fixes import Fix

    progress, report = steps
    worked_on = store.fixes.worked_on()
    total = store.conversations.count() if only is None else len(only)
    progress.begin(total, "looking at chats")
    for chats in store.conversations.windows(WINDOW, only):
        found = []
        for ord_, chat in chats:
            faults = faults_of(chat)
            if GUESSED in faults and GUESSED not in kinds:
                report.count(f"left alone: {GUESSED}, a guess (--kinds {GUESSED} cuts it)")
            wrong = tuple(kind for kind in faults if kind in kinds)
            if not wrong:
                continue
            if ord_ in worked_on:
                report.count("left alone: already rewritten")
                continue
            better = better_of(chat, kinds)
            if better is chat:
                report.count("left alone: what rides along with two turns cannot be one")
            else:
                found.append((Fix(ord_, better if better.turns else None, wrong), chat))
        if found:
            yield found
        progress.step(len(chats))


def _sample(before: "Conversation", after: "Conversation | None") -> tuple[str, str, str]:
    place = before.origin.source + (f":{before.origin.line}" if before.origin.line else "")
    return place, _sketch(before), _sketch(after) if after is not None else "(nothing left)"


def _sketch(chat: "Conversation") -> str:
    """The speakers as letters with the turns' lengths, such as "U12 A340"."""
    turns = [f"{SIGNS[turn.role]}{len(turn.content)}" for turn in chat.turns]
    return " ".join(turns if len(turns) <= 10 else [*turns[:5], "…", *turns[-4:]])


STAGE = Stage("fix", Config, run)
