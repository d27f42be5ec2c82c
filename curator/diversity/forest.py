"""Figures of one or two selections as a picture: each with its interval on a scale of its own."""

from collections.abc import Sequence
from html import escape
from math import isnan
from unicodedata import east_asian_width

from curator.diversity.figures import Reading

WIDTH, ROW, LEFT, RIGHT, TOP = 760, 46, 230, 120, 56
COLOURS = ("#2358a8", "#b35900")


def svg(
    title: str, rows: Sequence[tuple[str, str, Sequence[Reading]]], names: Sequence[str]
) -> str:
    """An SVG with a row for each figure (its name, a word below it, a reading for each of `names`):
    a mark for the value, a line for the 95 % interval. Marks differ in shape, too."""
    height = TOP + ROW * len(rows) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fbfaf7"/>',
        f'<text x="16" y="24" font-size="15" font-weight="600" fill="#23272e">{escape(title)}'
        "</text>",
    ]
    at = 16
    for place, name in enumerate(names[: len(COLOURS)]):
        name = _clipped(name, 40)
        parts.append(_mark(place, at + 5, 40))
        parts.append(f'<text x="{at + 15}" y="44" fill="#23272e">{escape(name)}</text>')
        at += 40 + 8 * _wide(name)
    for place, (name, below, readings) in enumerate(rows):
        parts += _row(TOP + ROW * place, (name, below), readings)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _mark(place: int, x: float, y: float) -> str:
    if place == 0:
        return f'<circle cx="{x:.1f}" cy="{y}" r="5" fill="{COLOURS[0]}"/>'
    return f'<rect x="{x - 4.5:.1f}" y="{y - 4.5}" width="9" height="9" fill="{COLOURS[place]}"/>'


def _wide(text: str) -> int:
    """Its width in letters; a Chinese character is two."""
    return sum(1 + (east_asian_width(sign) in "WF") for sign in text)


def _clipped(text: str, width: int) -> str:
    while _wide(text) > width:
        text = text[:-2] + "…"
    return text


def _row(top: int, names: tuple[str, str], readings: Sequence[Reading]) -> list[str]:
    good = [r for r in readings if not isnan(r.value)]
    middle = top + ROW // 2
    made = [
        f'<text x="16" y="{middle - 2}" fill="#23272e">{escape(names[0])}</text>',
        f'<text x="16" y="{middle + 13}" font-size="11" fill="#6b7280">{escape(names[1])}</text>',
    ]
    if not good:
        return made
    low, high = min(r.low for r in good), max(r.high for r in good)
    room = (high - low) or abs(high) or 1.0
    low, high = low - 0.15 * room, high + 0.15 * room
    made.append(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{middle}" y2="{middle}" stroke="#d9d6cd"/>'
    )
    for place, (reading, colour) in enumerate(zip(readings, COLOURS, strict=False)):
        if isnan(reading.value):
            continue
        y = middle + (place * 14 - 7 if len(readings) > 1 else 0)
        ends = (reading.low, reading.value, reading.high)
        left, dot, right = (_across(v, low, high) for v in ends)
        made.append(
            f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y}" y2="{y}" stroke="{colour}" '
            'stroke-width="3"/>'
        )
        made.append(_mark(place, dot, y))
        made.append(
            f'<text x="{WIDTH - RIGHT + 12}" y="{y + 4}" fill="{colour}">{reading.value:,.4g}'
            "</text>"
        )
    return made


def _across(value: float, low: float, high: float) -> float:
    return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)
