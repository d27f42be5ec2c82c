"""What stands in the bars: progress above, keys below, and what has just been saved between."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from rich.cells import cell_len

from curator.review import Pace, ReviewItem
from curator.tui.ink import ACCENT, BAD, BOLD, GOOD, PLAIN, QUIET, RULE, WARN, Row, clipped
from curator.tui.ink import width_of as cells
from curator.tui.keys import MODES, Key, called, name
from curator.tui.safe import safe_line
from curator.wording import several

#: How an act reads while it is on its way, and when it is done.
SAID = {
    "accept": "accepted", "reject": "rejected", "skip": "skipped", "edit": "edited",
    "flag": "flagged", "unflag": "flag taken away", "mark": "marked", "undo": "undone",
    "redo": "redone", "blind left": "left is better", "blind right": "right is better",
    "queue": "another queue", "view": "kept as a view", "bulk": "all at once",
    "blind tie": "neither is better, so the old answer stays",
}  # fmt: skip
#: How an act reads that saves nothing, while the workspace is being asked.
LOOKING = {
    "queue": "drawing that queue", "move": "looking for the item", "beside": "looking for it",
    "back": "on the way back", "forth": "on the way forward",
}  # fmt: skip
#: Acts that only look.
READS = ("queue", "move", "beside", "back", "forth", "quiet", "draft", "autosave")
METER = 16
#: How the error begins of what a person has stopped: nothing failed.
STOPPED = "stopped; "
#: What the footer of the reading room always says, however narrow it is.
ALWAYS = ("help", "leave")
#: What the key of an act is called.
Called = Callable[[str], str]
#: Characters of a file's name.
LONGEST_NAME = 24
#: Minutes of work, and decisions, before a pace or a share means anything.
STEADY, SEVERAL = 0.5, 5


def heading(
    item: ReviewItem | None, pace: Pace, width: int, queue: str = "", blind: bool = False
) -> Row:
    """Progress: where in the queue and in which, how much is done, how fast; then where the item
    is from. In blind mode not how much was taken: it would tell which side was new."""
    share = 1 - pace.left / pace.total if pace.total else 0.0
    full = round(share * METER)
    place = (
        f"{item.number:,} of {item.of:,}"
        if item
        else "at the end"
        if pace.total
        else "nothing here"
    )
    row: Row = (
        (" curator ", ACCENT | BOLD),
        (f" {place}  ", BOLD),
        ("━" * full, ACCENT),
        ("─" * (METER - full), RULE),
        (f" {pace.done:,} done, {pace.rest} left{_passed_over(pace)}", PLAIN),
    )
    if queue:
        row = (*row, (f"  {clipped(safe_line(queue), max(width // 3, 12))}", ACCENT))
    if pace.minutes >= STEADY and pace.done >= SEVERAL:
        row = (*row, (f"  {pace.per_minute:.1f} a minute{_to_go(pace)}", QUIET))
    if pace.acceptance is not None and pace.done >= SEVERAL and not blind:
        row = (*row, (f"  {pace.acceptance:.0%} taken", QUIET))
    if item is not None:
        row = _right(row, origin(item, width - cells(row) - 2), width)
    return row


def with_work(row: Row, work: str, width: int) -> Row:
    """The heading with the stage at work at its right end, in the place of what stood there."""
    if not work:
        return row
    room = width - cell_len(work) - 2
    kept: Row = ()
    for chunk in row:
        if cells((*kept, chunk)) > room:
            break
        kept = (*kept, chunk)
    return (*kept, (" " * (room + 1 - cells(kept)), PLAIN), (work, ACCENT))


def _passed_over(pace: Pace) -> str:
    """How many rewrites say the same as the old answer: they are found on the way and leave the
    count, which would else fall unasked."""
    return f", {pace.unchanged:,} the same" if pace.unchanged else ""


def _to_go(pace: Pace) -> str:
    """How long what is left takes at this pace."""
    if not pace.left or not pace.per_minute:
        return ""
    minutes = max(pace.left / pace.per_minute, 1)
    return f", {minutes:.0f} min to go" if minutes < 90 else f", {minutes / 60:.0f} h to go"


def origin(item: ReviewItem, room: int = 80) -> str:
    """Where the chat came from, in `room` cells: file and line, language. What finds it again is
    shortened last: first the language goes, then the middle of the name, never the line."""
    came = item.conversation.origin
    source = safe_line(came.source).rsplit("/", 1)[-1]
    line = f":{came.line}" if came.line is not None else ""
    language = item.conversation.meta.get("language")
    spoken = f" · {safe_line(str(language))}" if language else ""
    for long, more in ((LONGEST_NAME, spoken), (LONGEST_NAME, ""), (room - len(line), "")):
        said = f"{_both_ends(source, long)}{line}{more}"
        if cell_len(said) <= room:
            return said
    return ""


def _both_ends(text: str, room: int) -> str:
    """A name in so many characters: both ends tell more than the beginning does."""
    if len(text) <= room:
        return text
    half = max(room - 1, 2) // 2
    return f"{text[: max(room, 3) - 1 - half]}…{text[-half:]}"


def saving(what: str, width: int) -> Row:
    """An act on its way to the disk; or what is only being looked up."""
    text = LOOKING.get(what) or f"{SAID.get(what, what)}, not yet saved"
    return (("… ", WARN | BOLD), (clipped(text, max(width - 2, 0)), QUIET))


def saved(what: str, width: int, key: Called = called, said: str = "") -> Row:
    """An act that is durable, and which key takes it back; `said` is what to say of it."""
    back = key("redo" if what == "undo" else "undo")
    if not back or what in ("redo", "flag", "unflag", "mark", "view"):
        back = ""
    else:
        back = f" · {back} {'does it again' if what == 'undo' else 'takes it back'}"
    return (
        ("✓ saved ", GOOD | BOLD),
        (clipped(f"{said or SAID.get(what, what)}{back}", max(width - 8, 0)), QUIET),
    )


def not_saved(error: str, width: int) -> Row:
    """An act that is not in the store, and what to do."""
    # Where it lies is on the way out of a narrow bar; what to do is not.
    said = re.sub(r"^/[^:]*: ", "", safe_line(error))
    text = f"{said} · the same key tries again"
    return (("✗ NOT SAVED ", BAD | BOLD), (clipped(text, max(width - 12, 0)), BAD))


def outcome(what: str, result: object, error: str | None, width: int, key: Called = called) -> Row:
    """How an act ended: saved, not saved, or nothing to do; `key` names the key of an act."""
    looked = what in ("queue", "move", "back", "forth")
    if error is not None and (looked or error.startswith(STOPPED)):
        return remark(error.split("\n")[0], width)
    if error is not None and what == "autosave":
        said = f"{safe_line(error)} · your decisions are saved, the draft and the place are not"
        return (("✗ ", BAD | BOLD), (clipped(said, width - 2), BAD))
    if error is not None:
        return not_saved(error, width)
    if what in ("undo", "redo") and not result:
        return remark(f"nothing to {what}", width)
    if what == "queue":
        more = f"{key('queue')} another, {key('filter')} a filter, {key('copy_view')} as a command"
        return remark(f"{result:,} in this queue · {more}", width)
    if what == "bulk":
        return saved(what, width, key, f"{result:,} decided at once")
    if what == "draft":
        edits = key("edit('new')")
        return remark(f"the draft is kept; {edits} goes on with it", width)
    if what == "beside":
        return remark("" if result else "no other proposal for this chat that way", width)
    if what.startswith("blind "):
        return saved(what, width, key)
    if what == "move":
        return remark("" if result else "no further item that way", width)
    if what in ("back", "forth"):
        return remark(_way(what, result, key), width)
    if what == "mark":
        return saved(what, width, key, _marked(getattr(result, "extra", {})))
    return saved(str(getattr(result, "verdict", what)), width, key)


def _way(what: str, went: object, key: Called) -> str:
    """How a way back, or forth again, through the jumps ended."""
    if not went:
        return "this is where it began" if what == "back" else "this is where it ended"
    acts = (("jump(-1)", "goes further back"), ("jump(1)", "forward again"))
    return " · ".join(f"{name} {does}" for act, does in acts if (name := key(act)))


def _marked(marks: Mapping[str, Any]) -> str:
    """What a mark says; the page may be too long for it to be in sight."""
    said = []
    if "score" in marks:
        score = marks["score"]
        said.append("the score is taken away" if score is None else f"score {score} of 5")
    if "tags" in marks:
        tags = " ".join(f"#{safe_line(str(tag))}" for tag in marks["tags"] or ())
        said.append(tags or "the tags are taken away")
    if "note" in marks:
        said.append("the note" if marks["note"] else "the note is taken away")
    return ", ".join(said) or SAID["mark"]


def remark(text: str, width: int) -> Row:
    """A word that is no verdict."""
    return ((clipped(safe_line(text), width), QUIET),)


def with_more(row: Row, above: int, below: int, width: int, hint: Row = ()) -> Row:
    """The row, with how much of the page lies above and below the screen at its right end, and
    before it a `hint` at what of it matters."""
    up, down = f"↑ {above}" if above > 0 else "", f"↓ {below}" if below > 0 else ""
    more = " ".join(filter(None, (up, down, "more" if up or down else "")))
    if not hint:  # without its last word rather than cut short
        room = width - cells(row) - 2
        said = more if cell_len(more) <= room else more.removesuffix(" more")
        return _right(row, said, width) if cell_len(said) <= room else row
    tail: Row = (*hint, (f"  {more}" if more else "", QUIET))
    gap = width - cells(row) - cells(tail) - 1
    if gap < 1:  # what was said before is clipped for it
        said = "".join(text for text, _ in row)
        row = ((clipped(said, max(width - cells(tail) - 2, 0)), QUIET),)
        gap = width - cells(row) - cells(tail) - 1
    return (*row, (" " * max(gap, 0), PLAIN), *tail)


def unseen_change(changes: Iterable[int], first: int, room: int, key: str) -> Row:
    """How far down the next change is where none is in sight, and the key that goes there; () if
    one is in sight or none is below."""
    below = [at for at in changes if at >= first]
    if not below or below[0] < first + room:
        return ()
    lines = below[0] - first - room + 1
    return ((f"{key} next change {_lines(lines)} down", WARN | BOLD),)


def unseen_question(opens_at: int, answers_at: int, first: int) -> Row:
    """How far up the question begins where only its end is in sight; else ()."""
    if not opens_at < first < answers_at:
        return ()
    return ((f"question begins {_lines(first - opens_at)} up", QUIET),)


def cut_question(left: int, key: str) -> Row:
    """How much of the question lies below a chat of a few rows, and the key that opens it."""
    if left <= 0:
        return ()
    return ((f"{key} question goes on, {_lines(left)}".lstrip(), WARN | BOLD),)


def _lines(count: int) -> str:
    return several(count, "line")


def footer(keys: Iterable[Key], width: int, mode: str = "", absent: Collection[str] = ()) -> Row:
    """The keys that fit, the ones that matter most first; help and quit always. While one judges
    hunk by hunk or blind, the keys of that; the acts that are `absent` have nothing to act on."""
    if mode:
        return _of_mode(mode, {key.action: key for key in keys}, width)
    ranked = sorted(
        (key for key in keys if key.footer and key.keys and key.action not in absent),
        key=lambda key: key.footer,
    )
    kept = [key for key in ranked if key.action in ALWAYS]
    room = width - sum(_size(key) for key in kept)
    shown: list[Key] = []
    for key in ranked:
        if key not in kept and _size(key) <= room:
            shown.append(key)
            room -= _size(key)
    row: Row = ()
    for key in [*shown, *kept]:
        row = (*row, (f" {name(key.keys[0])}", ACCENT | BOLD), (f" {key.in_footer} ", QUIET))
    return row


def _of_mode(mode: str, keys: dict[str, Key], width: int) -> Row:
    said: dict[str, Row] = {}
    for action, label in MODES[mode]:
        digit = action.startswith("score(")
        key = keys.get(action)
        if digit or (key is not None and key.keys):
            called = action[6] if key is None else name(key.keys[0])
            said[action] = ((f" {called}", ACCENT | BOLD), (f" {label} ", QUIET))
    shown: Row = ()
    kept: Row = tuple(chunk for act in ALWAYS for chunk in said.pop(act, ()))
    for more in said.values():
        shown = (*shown, *more) if cells((*shown, *more, *kept)) <= width else shown
    return (*shown, *kept)


def _size(key: Key) -> int:
    return cells(((f" {name(key.keys[0])} {key.in_footer} ", PLAIN),))


def _right(row: Row, text: str, width: int) -> Row:
    room = width - cells(row) - 2
    if not text or room < 6:
        return row
    text = clipped(text, room)
    gap = width - cells(row) - cells(((text, PLAIN),)) - 1
    return (*row, (" " * gap, PLAIN), (text, QUIET))
