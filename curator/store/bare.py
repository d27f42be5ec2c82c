"""Chats of words alone, as JSON that DuckDB wrote: no object is made for a turn of them.

A turn that somebody exports as it came needs no Python string: escaping its words inside DuckDB
costs no more than handing them over does.
"""

import re
from collections.abc import Mapping
from typing import Any

from curator.conversation import ROLES, Role
from curator.export.glance import Glance
from curator.store.connection import Connection

_ESCAPE = re.compile(rb"\\(?:u[0-9A-F]{4}|.)")


def turns_as_json(
    db: Connection, first: int, last: int, openings: Mapping[Role, str]
) -> dict[int, tuple[bytes, Glance]]:
    """The turns of the conversations in a stretch of `ord` as JSON with commas between them, for
    all conversations that have some and none with an `extra`. `openings` says what stands before
    the words of each role; what follows them is a brace."""
    import numpy as np

    cases = " ".join(f"when '{role}' then ?::varchar" for role in ROLES)
    found = db.cursor.execute(
        f"""
        select ord, turn_index, ascii(role) as role, length(content) as characters,
            strlen(content) as size, extra is null as bare,
            encode((case role {cases} end) || to_json(content)::varchar || '}}') as json
        from turns where ord between ? and ?
        """,
        [*(openings[role] for role in ROLES), first, last],
    ).by_column()
    if not len(found["ord"]):
        return {}
    # DuckDB hands columns over in no order, and has sorted for nothing if it was asked to.
    order = np.lexsort((found["turn_index"], found["ord"]))
    if (order[1:] < order[:-1]).any():
        found = {name: column[order] for name, column in found.items()}
    starts = np.flatnonzero(np.diff(found["ord"], prepend=found["ord"][0] - 1))
    return _gathered(found, starts)


def _gathered(found: Mapping[str, Any], starts: Any) -> dict[int, tuple[bytes, Glance]]:
    import numpy as np

    sums = [np.add.reduceat(found[name], starts).tolist() for name in ("characters", "size")]
    shortest = np.minimum.reduceat(found["characters"], starts).tolist()
    bare = np.logical_and.reduceat(found["bare"], starts).tolist()
    roles = found["role"].astype(np.uint8).tobytes()
    turns = found["json"].tolist()
    ends = [*starts[1:].tolist(), len(turns)]
    places = zip(starts.tolist(), ends, strict=True)
    return {
        ord_: (
            _as_orjson(b",".join(turns[start:end])),
            Glance(roles[start:end], characters, size, least),
        )
        for ord_, (start, end), is_bare, characters, size, least in zip(
            found["ord"][starts].tolist(), places, bare, *sums, shortest, strict=True
        )
        if is_bare
    }


def _as_orjson(text: bytes) -> bytes:
    """Control characters as `\\u001f`, where DuckDB writes `\\u001F`: nothing else differs."""
    if rb"\u00" not in text:
        return text
    return _ESCAPE.sub(lambda found: found[0].lower() if found[0][1:2] == b"u" else found[0], text)
