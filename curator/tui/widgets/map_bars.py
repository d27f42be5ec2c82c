"""What stands in the bars of the map."""

from rich.cells import cell_len

from curator.tui.chart import Chart
from curator.tui.ink import ACCENT, BOLD, PLAIN, QUIET, Row, clipped
from curator.tui.safe import safe_line
from curator.wording import several

#: Acts that are told of, and what they do: with dots that are chosen, and where none is.
WITH_CHOSEN = (
    ("tag", "tags"), ("review", "reviews"), ("export", "exports"), ("alone", "shows them alone"),
    ("leave", "lets go"),
)  # fmt: skip
TO_CHOOSE = (
    ("rectangle", "draws a rectangle"), ("choose", "takes a cluster"), ("search", "searches"),
)  # fmt: skip


def heading(chart: Chart, width: int, where: str = "") -> Row:
    """How many dots, by which filter, what their colours mean, how near, how many are marked."""
    parts = [f"{several(len(chart.points), 'dot')}", f"coloured by {chart.whose}"]
    if where.strip():
        parts.insert(1, safe_line(where.strip()))
    if chart.nearness > 1.05:
        parts.append(f"{chart.nearness:.1f} times nearer")
    if chart.lit is not None:
        parts.append(f"{len(chart.lit):,} lit")
    if chart.chosen.any():
        parts.append(f"{int(chart.chosen.sum()):,} chosen")
    return ((" map ", ACCENT | BOLD), (clipped(" · ".join(parts), max(width - 6, 0)), PLAIN))


def below(chart: Chart, width: int, beside: int) -> Row:
    """The legend on one line, where it has no room beside the map."""
    if width >= beside:
        return ()
    kinds = [f"{kind.letter} {safe_line(kind.name)} {kind.count:,}" for kind in chart.legend()]
    return ((clipped(" " + "  ".join(kinds), width), QUIET),)


def said(text: str, cluster: str, width: int) -> Row:
    """The dot under the cursor: its cluster, and how its text begins."""
    room = max(width - 4, 0)
    named = clipped(safe_line(cluster), min(room // 3, 36))
    line = safe_line(" ".join(text[:400].split()))
    return (
        (" ● ", ACCENT | BOLD),
        (named, BOLD),
        ("  " if named else "", PLAIN),
        (clipped(line, max(room - cell_len(named) - 2, 0)), PLAIN),
    )
