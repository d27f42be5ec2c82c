"""Results on standard output, for people as tables and with `--json` as one JSON object."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from curator.stages.base import Report

#: So many failed items are named on the screen; the workspace keeps them all.
NAMED = 5


def report(what: str, seconds: float, result: Report, as_json: bool) -> None:
    """Print what a stage did: numbers, then its table, then sentences, then what failed."""
    if as_json:
        print_json({**result.counts, **result.data, "seconds": round(seconds, 3)}, result)
        return
    numbers = [(name, number(value)) for name, value in result.counts.items()]
    table((what, ""), [*numbers, ("took", f"{seconds:,.1f} s")])
    if result.rows:
        print()
        table(result.columns, result.rows)
    for line in result.lines:
        print(plain(line))
    failures(result)


def print_json(value: dict[str, Any], result: Report | None = None) -> None:
    """One JSON object on standard output; what a terminal would obey is escaped in it."""
    from curator.tui.safe import in_json

    if result is not None:
        value = {
            **value,
            "table": [dict(zip(result.columns, row, strict=True)) for row in result.rows],
            "failures": [
                {"target": failure.target, "reason": failure.reason} for failure in result.failures
            ],
        }
    print(in_json(json.dumps(value, ensure_ascii=False, default=str)))


def failures(result: Report) -> None:
    """Name the first few failed items on the error stream."""
    for failure in result.failures[:NAMED]:
        print(plain(f"failed: {failure.target}: {failure.reason}"), file=sys.stderr)
    more = len(result.failures) - NAMED
    if more > 0:
        print(f"… and {more:,} more; `curator failures` lists them all", file=sys.stderr)


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table on standard output; numbers to the right, text of data inert."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    numeric = [
        all(isinstance(row[i], int | float) or row[i] in ("", None) for row in rows)
        for i in range(len(columns))
    ]
    drawn = Table(box=box.SIMPLE_HEAD, show_header=any(columns), show_edge=False, pad_edge=False)
    for name, is_number in zip(columns, numeric, strict=True):
        drawn.add_column(Text(name), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(plain(number(cell))) for cell in row))
    width = None if sys.stdout.isatty() else 120
    Console(file=sys.stdout, width=width, highlight=False).print(drawn)


def number(value: Any) -> str:
    """A cell: thousands marked, fractions short, None empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3f}"
    return str(value)


def plain(text: str) -> str:
    """`text` with what a terminal would obey made visible."""
    from curator.tui.safe import safe

    return str(safe(text))


def default_told(default: object) -> str | None:
    """What help says of a default; None for one that says nothing, as "" or False."""
    return str(default) if default not in (None, "", (), []) and default is not False else None
