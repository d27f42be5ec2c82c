"""A folder as an argument: the files in it that hold data, those of its folders too.

What tells of other files (`dataset_info.json`) and what is hidden is no data. Links out of it are
not followed.
"""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from curator.errors import DataError
from curator.formats.reading.archives import CHATS, DATA, HIDDEN, TEXTS, listed

#: Beside data: what `datasets`, trainers and tokenizers write about them, and what a workspace
#: keeps of its own.
ABOUT = re.compile(
    r"(?:^|/)(?:dataset_(?:infos?|dict)|state|config|tokenizer(?:_config)?|special_tokens_map"
    r"|generation_config|adapter_config|trainer_state|package(?:-lock)?|manifest)\.json$"
    r"|\.(?:rejects|journal)\.jsonl$"
)
#: Archives in it are read as if they were named.
ARCHIVE = re.compile(r"\.zip$", re.I)
#: So many files are no data set that somebody meant to read at once.
MOST = 100_000


def inside(folder: str) -> tuple[list[str], str]:
    """(the files to read, in order; a sentence about what is read and what is left out).

    Raises `DataError` where there are none."""
    names = list(_names(Path(folder), folder))
    shown = [name for name in names if not ABOUT.search(name)]
    for wanted in (CHATS, DATA, ARCHIVE, TEXTS):
        if chosen := [name for name in shown if wanted.search(name)]:
            break
    else:
        had = f" (it has {listed(names)})" if names else ", it is empty"
        raise DataError(f"{folder} is a folder without JSON, CSV, Parquet, Arrow or text{had}")
    taken = set(chosen)
    left = [name for name in names if name not in taken]
    words = f"{folder} is a folder: {len(chosen):,} {'file' if len(chosen) == 1 else 'files'} read"
    beside = f", left out: {listed(left)}" if left else ""
    return [str(Path(folder) / name) for name in chosen], words + beside


def _names(path: Path, folder: str) -> Iterator[str]:
    """The files below, by their places in the folder, sorted. Raises `DataError`."""
    found: list[str] = []
    try:
        # Folders that may not be read are named, not passed over.
        for place, folders, files in os.walk(path, onerror=_stop):
            folders[:] = [one for one in folders if not HIDDEN.search(f"{one}/")]
            found += [(Path(place) / one).relative_to(path).as_posix() for one in files]
            if len(found) > MOST:
                raise DataError(f"{folder} has over {MOST:,} files in it; name the ones to read")
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({str(error.strerror).lower()})") from None
    return iter(sorted(name for name in found if not HIDDEN.search(name)))


def _stop(error: OSError) -> None:
    raise error


def unfolded(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names with the files of each folder in its place, each once, and a sentence a folder."""
    files: dict[str, None] = {}
    words = []
    for name in names:
        if name != "-" and os.path.isdir(name):
            found, said = inside(name)
            files.update(dict.fromkeys(found))
            words.append(said)
        else:
            files[name] = None
    return list(files), words
