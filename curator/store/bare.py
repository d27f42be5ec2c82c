"""Chats of words alone, as JSON that DuckDB wrote: no object is made for a turn of them.

A turn that somebody exports as it came needs no Python string: escaping its words inside DuckDB
costs no more than handing them over does.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from curator.conversation import ROLES, Role
from curator.export.glance import Glance
from curator.store.connection import Connection

Said = bytes | memoryview
_ESCAPE = re.compile(rb"\\(?:u00[0-9A-F]{2}|\\)")
_CONTROL = re.compile(rb"\\u00")


def turns_as_json(
    db: Connection, first: int, last: int, openings: Mapping[Role, str]
) -> dict[int, tuple[Said, Glance]]:
    """The turns of the conversations in a stretch of `ord` as JSON with commas between them, for
    all conversations that have some and none with an `extra`. `openings` says what stands before
    the words of each role; what follows them is a brace."""
    import numpy as np

    cases = " ".join(f"when '{role}' then ?::varchar" for role in ROLES)
    table = db.cursor.table(
        f"""
        select ord, ascii(role) as role, length(content) as characters, strlen(content) as size,
            extra is null as bare,
            (case role {cases} end) || to_json(content)::varchar || '}},' as json
        from turns where ord between ? and ? order by ord, turn_index
        """,
        [*(openings[role] for role in ROLES), first, last],
    )
    if not len(table):
        return {}
    said = table.column("json").combine_chunks()
    found = {name: table.column(name).to_numpy() for name in table.column_names[:-1]}
    ords = found["ord"]
    starts = np.flatnonzero(np.diff(ords, prepend=ords[0] - 1))
    return _gathered(found, starts, said)


def _gathered(found: Mapping[str, Any], starts: Any, said: Any) -> dict[int, tuple[Said, Glance]]:
    import numpy as np

    sums = [np.add.reduceat(found[name], starts).tolist() for name in ("characters", "size")]
    shortest = np.minimum.reduceat(found["characters"], starts).tolist()
    bare = np.logical_and.reduceat(found["bare"], starts).tolist()
    roles = found["role"].astype(np.uint8).tobytes()
    # The turns of a chat lie behind each other in memory: they are cut out in one piece.
    text, ends = _buffer(said)
    whole = memoryview(text)
    odd = _CONTROL.search(whole) is not None
    bounds = [*starts.tolist(), len(ends) - 1]
    places = ends[bounds].tolist()
    return {
        ord_: (
            _as_orjson(whole[begin : end - 1], odd),
            Glance(roles[start:stop], characters, size, least),
        )
        for ord_, (start, stop), (begin, end), is_bare, characters, size, least in zip(
            found["ord"][starts].tolist(),
            pairwise(bounds),
            pairwise(places),
            bare,
            *sums,
            shortest,
            strict=True,
        )
        if is_bare
    }


def _buffer(said: Any) -> tuple[Any, Any]:
    """The bytes of an Arrow column of texts, and where each of them ends (the first entry: where
    the first begins)."""
    import numpy as np
    import pyarrow as pa

    said = said.chunk(0) if isinstance(said, pa.ChunkedArray) else said
    _, ends, text = said.buffers()
    width = np.int64 if pa.types.is_large_string(said.type) else np.int32
    return text, np.frombuffer(ends, width)[said.offset : said.offset + len(said) + 1]


def _as_orjson(text: memoryview, odd: bool) -> Said:
    """Control characters as `\\u001f`, where DuckDB writes `\\u001F`: nothing else differs. Only
    some are `odd` enough to have one."""
    if not odd or not _CONTROL.search(text):
        return text
    return _ESCAPE.sub(lambda found: found[0].lower(), text)
