"""The map as one self-contained page: data, drawing and looks in a single file, no network."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import msgspec

_HOLE = "@@DATA@@"


def page(
    title: str,
    about: str,
    points: Mapping[str, Any],
    paints: Sequence[tuple[str, Any, Sequence[str]]],
    clusters: Sequence[Mapping[str, Any]],
) -> str:
    """The HTML. `points` holds items, texts, x and y; a paint is (what by, a code for each point,
    the names of the codes); a cluster has level, name, x and y.

    Nothing of the data can end its element: every `<` in it is written as an escape of JSON.
    """
    template = files("curator.diversity").joinpath("page.html").read_text(encoding="utf-8")
    data = {
        "title": title,
        "about": about,
        "items": list(points["items"]),
        "texts": list(points["texts"]),
        "x": _packed(points["x"], "<f4"),
        "y": _packed(points["y"], "<f4"),
        "paints": [
            {"by": by, "names": list(names), "codes": _packed(codes, "<u2")}
            for by, codes, names in paints
        ],
        "clusters": [dict(cluster) for cluster in clusters],
    }
    before, after = template.split(_HOLE)
    return before + _inert(msgspec.json.encode(data).decode()) + after


def _packed(numbers: Any, kind: str) -> str:
    import numpy as np

    return b64encode(np.ascontiguousarray(numbers, kind).tobytes()).decode()


def _inert(json: str) -> str:
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
