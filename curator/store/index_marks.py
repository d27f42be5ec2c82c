"""How far a search index goes, and whether its files are those that were written."""

import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

#: Part of the marks: an index made otherwise is made anew.
METHOD = 3
NAME = "curator.json"
#: Up to so many bytes in all, files are read through before they are believed; of larger ones the
#: sizes are looked at, and `curator doctor` reads them.
READ = 256 << 20
#: Bytes read at a time.
PIECE = 1 << 20


class File(msgspec.Struct, frozen=True):
    """A file of the index as it was written: its bytes, and their CRC-32."""

    size: int
    crc: int


class Marks(msgspec.Struct, frozen=True):
    """How far an index goes: up to which conversation and which rewrite, and their ids, by which a
    workspace that was put back from a backup is told. `texts` counts what it holds."""

    identity: str
    method: int = METHOD
    batch: int = 0
    ord: int = -1
    id: str = ""
    rewrite: int = -1
    rewrite_id: str = ""
    texts: int = 0
    files: dict[str, File] = {}


def read(folder: Path) -> Marks | None:
    """The marks of an index; None where there are none that can be read."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Marks)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write(folder: Path, marks: Marks) -> Marks:
    """Replace the marks, whole or not at all, with a note of every file that there is now."""
    segments = _segments(folder) or {}
    names = [path.name for path in folder.iterdir() if _segment(path.name) in segments]
    known = {
        name: marks.files.get(name) or File(*_sum(folder / name))
        for name in sorted(names)
        if not name.endswith(".del")
    }
    marks = msgspec.structs.replace(marks, files=known)
    fresh = (folder / NAME).with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(marks))
    with suppress(FileNotFoundError):
        fresh.replace(folder / NAME)
    return marks


def fault(folder: Path, marks: Marks, through: bool | None = None) -> str | None:
    """What is wrong with the files of an index, None where nothing is. `through` reads them;
    None does so where they are small. Files that a merge made since are not known, and pass."""
    segments = _segments(folder)
    if segments is None:
        return "its list of files cannot be read"
    if sum(segments.values()) < marks.texts:
        return "it holds fewer texts than were written"
    named = {name: file for name, file in marks.files.items() if _segment(name) in segments}
    if through is None:
        through = sum(file.size for file in named.values()) <= READ
    for name, known in named.items():
        path = folder / name
        size = path.stat().st_size if path.is_file() else -1
        if size != known.size:
            return f"{name} is gone" if size < 0 else f"{name} has another size than was written"
        if through and _sum(path)[1] != known.crc:
            return f"{name} has other bytes than were written"
    return None


def _segments(folder: Path) -> dict[str, int] | None:
    """The segments that count now, each with its texts; None where that cannot be read."""
    try:
        meta: dict[str, Any] = msgspec.json.decode((folder / "meta.json").read_bytes())
        return {
            str(each["segment_id"]).replace("-", ""): each["max_doc"]
            - (each["deletes"] or {}).get("num_deleted_docs", 0)
            for each in meta["segments"]
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _segment(name: str) -> str:
    return name.partition(".")[0]


def _sum(path: Path) -> tuple[int, int]:
    size = crc = 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            size, crc = size + len(piece), zlib.crc32(piece, crc)
    return size, crc
