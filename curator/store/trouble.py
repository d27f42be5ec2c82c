"""What DuckDB says when something goes wrong, put into one sentence with a way out."""

import re
from pathlib import Path

from curator.errors import Cancelled, CuratorError, StoreError
from curator.store.lock import held

#: (what DuckDB's words look like, what to say), the first that fits; {0}, {1} are its groups.
SENTENCES: tuple[tuple[str, str], ...] = (
    (
        r"No space left on device|File too large|Disk quota exceeded|[Nn]ot enough disk space",
        "{path}: the disk is full; free some space and try again, nothing saved before is lost",
    ),
    (
        r"Read-only file system|Permission denied|Operation not permitted",
        "{path} cannot be written; check its owner and rights, or copy it elsewhere",
    ),
    (
        r"version number (\d+)",
        "{path} was written by a newer DuckDB (format {0}); upgrade curator to open it",
    ),
    (r"No such file or directory", "{path}: its folder does not exist; create it first"),
    (r"Is a directory", "{path} is a folder; name a file with --workspace"),
    (
        r"is not a valid DuckDB database file",
        "{path} is not a workspace; name another file with --workspace",
    ),
    (
        r"(?i)corrupt|checksum|Could not read (?:enough|all) bytes|deserializ|replaying WAL"
        r"|WAL does not match|INTERNAL Error|Could not read from file",
        "{path} is damaged ({said}); put a backup in its place, the decisions made since come "
        "back from {path.name}.journal.jsonl",
    ),
    (
        r"(?i)invalidated|fatal error",
        "{path} had to be closed after a failed write ({said}); try again",
    ),
    (
        r"(?i)out of memory|could not allocate|failed to allocate",
        "{path}: this needs more memory than the store may take ({said}); "
        "close other programs or work on less at a time",
    ),
)

#: DuckDB's classes for statements that make no sense: our mistakes, to be seen as such.
BUGS = (
    "BinderException", "CatalogException", "ParserException", "SyntaxException",
    "InvalidInputException", "ConversionException", "InvalidTypeException",
    "TypeMismatchException", "NotImplementedException", "NotSupportedError",
)  # fmt: skip


def explain(error: Exception, path: Path) -> CuratorError:
    """The error to raise for one of DuckDB's; a stopped query becomes `Cancelled`."""
    text = str(error)
    if type(error).__name__ == "InterruptException":
        return Cancelled("stopped; what was finished is kept")
    if lock := re.search(r"Conflicting lock is held in (\S+)(?: \(PID (\d+)\))?", text):
        program = Path(lock[1]).name
        return StoreError(held(path, f"process {lock[2]} ({program})" if lock[2] else program))
    said = first_line(text)
    for pattern, sentence in SENTENCES:
        if found := re.search(pattern, text):
            return StoreError(sentence.format(*found.groups(), path=path, said=said))
    return StoreError(f"{path}: the store failed ({said}); run `curator doctor`")


def is_bug(error: Exception) -> bool:
    """Whether it is our statement that was wrong, rather than the file, the disk or the person."""
    return type(error).__name__ in BUGS


def is_fatal(error: Exception) -> bool:
    """Whether DuckDB refuses to go on until all its handles were closed."""
    return type(error).__name__ in ("FatalException", "InternalException") or bool(
        re.search(r"database has been invalidated", str(error))
    )


def is_starved(error: BaseException) -> bool:
    """Whether a sentence of `explain` stands for too little memory."""
    return type(error.__cause__).__name__ == "OutOfMemoryException"


def is_doubled(error: BaseException) -> bool:
    """Whether a sentence of `explain` stands for a key that is there already."""
    return type(error.__cause__).__name__ == "ConstraintException"


def is_broken_wal(error: Exception) -> bool:
    """Whether it is only the write-ahead log that cannot be read."""
    return bool(re.search(r"replaying WAL|WAL does not match|WAL file", str(error)))


def first_line(text: str, limit: int = 160) -> str:
    """The first line, without DuckDB's class name, cut at `limit` characters."""
    line = re.sub(r"^(?:[A-Z][A-Za-z]* )+Error: |^FATAL Error: ", "", text.strip())
    line = line.partition("\n")[0].strip().rstrip(".")
    return line if len(line) <= limit else line[: limit - 1] + "…"
