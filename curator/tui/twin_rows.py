"""The lines of the room of near twins as rows of cells."""

from curator.stages.threads import least_of, likeness, short, why
from curator.tui.ink import ACCENT, BOLD, GOOD, OLD, PLAIN, QUIET, STRUCK, WARN, Row, clipped
from curator.tui.safe import safe_line
from curator.tui.sides import Look, columns, inline, sides
from curator.tui.twin_desk import Line, TwinDesk

#: From so many cells two texts fit side by side; the longest that is laid out, in characters.
SIDE_BY_SIDE, LONGEST = 60, 8000


def line_row(desk: TwinDesk, line: Line, texts: dict[int, str], names: dict[int, str],
             width: int) -> Row:  # fmt: skip
    """A line as a row."""
    if line.row is not None:
        return line.row
    return _twin(desk, line, texts, names, width) if line.member else _group(
        desk, line, texts, width
    )  # fmt: skip


def _group(desk: TwinDesk, line: Line, texts: dict[int, str], width: int) -> Row:
    members = line.group.members
    sign = "▾" if desk.is_open(line) else "▸"
    gone = sum(desk.is_gone(member.place) for member in members)
    row: Row = (
        (f"{sign} {len(members):>5,} ", ACCENT | BOLD),
        (f"{least_of(line.group)} ", QUIET),
    )
    if line.group.held:
        row = (*row, ("held back ", WARN))
    if gone:
        row = (*row, (f"✗{gone:,} ", OLD))
    used = sum(len(text) for text, _ in row)
    said = _told(desk.ledger.telling(texts[line.place]))
    return (*row, (clipped(said, max(width - used, 8)), PLAIN))


def _twin(
    desk: TwinDesk, line: Line, texts: dict[int, str], names: dict[int, str], width: int
) -> Row:
    assert line.member is not None
    keeper, twin = (desk.ledger.telling(texts[place]) for place in (line.group.keeper, line.place))
    what, mark = PLAIN, ""
    if desk.is_gone(line.place):
        what, mark = STRUCK | QUIET, "✗ "
    elif desk.is_spared(line.place):
        mark = "kept "
    row: Row = (
        (f"  {'▾' if desk.is_open(line) else '▸'} {likeness(line.member)} ", ACCENT),
        (f"{short(names[line.place]):<8} ", QUIET),
        (mark, GOOD if mark == "kept " else OLD),
    )
    room = max(width - sum(len(text) for text, _ in row), 16)
    reason = "" if desk.is_open(line) else safe_line(why(keeper, twin, line.member))
    reason = clipped(reason, room // 2)
    said = clipped(_told(twin), max(room - len(reason) - 3, 8))
    return (*row, (said, what), ("  " + reason, QUIET))


def _told(text: str) -> str:
    return safe_line(" ".join(text[:1000].split()))


def side_rows(keeper: str, twin: str, width: int) -> tuple[Row, ...]:
    """Both texts side by side, or one in the other on a narrow screen: kept left, twin right."""
    both = sides(keeper[:LONGEST], twin[:LONGEST])
    room = max(width - 6, 20)
    lay = columns if room >= SIDE_BY_SIDE else inline
    rows, _ = lay(both, room, Look())
    edge: Row = ((f"      {'kept':<{(room - 3) // 2}}   twin", QUIET | BOLD),)
    head = (edge,) if lay is columns else ()
    return (*head, *((("      ", PLAIN), *row) for row in rows), ())
