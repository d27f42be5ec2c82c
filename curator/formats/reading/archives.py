"""ZIP archives: their members are opened one by one under `archive.zip!member`, never extracted.

ChatGPT and Claude deliver their exports so: of those `conversations.json` alone is taken. Of other
archives every file is taken whose name ends as data does. A stored name is a label and no path, so
that `../../x` and links are harmless.
"""

import io
import re
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from curator.errors import DataError
from curator.formats.reading.records import Limits
from curator.formats.reading.unpacking import HARMLESS

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MAGIC = b"PK\x03\x04"
BETWEEN = "!"
#: What an export of ChatGPT or Claude is taken for: its other files hold no chats.
CHATS = re.compile(r"(?:^|/)conversations(?:-\d+)?\.json$")
DATA = re.compile(
    r"\.(?:(?:json|jsonl|ndjson|csv|tsv)(?:\.(?:gz|zst|bz2|xz))?|parquet|arrow|feather)$", re.I
)
#: Taken only where there is no data: beside data they are its description.
TEXTS = re.compile(r"\.(?:txt|md)$", re.I)
HIDDEN = re.compile(r"(?:^|/)(?:\.[^./]|__MACOSX/)")
OFFICE = ("[Content_Types].xml", "mimetype")
#: The end of an archive says how long its list of members is; a longer one would fill memory.
END, END_SIZE, LIST = b"PK\x05\x06", 22, 16 * 2**20
NAMED = 6


def split(name: str) -> tuple[str, str] | None:
    """Archive and member of a name such as `a.zip!b.json`; None for every other."""
    if BETWEEN not in name or "\0" in name or Path(name).exists():
        return None
    for found in re.finditer(re.escape(BETWEEN), name):
        if is_archive(name[: found.start()]):
            return name[: found.start()], name[found.end() :]
    return None


def is_archive(name: str) -> bool:
    """Whether a file begins as a ZIP archive does."""
    try:
        # A look into a pipe, as `<(command)` gives it, would take its beginning away.
        if not Path(name).is_file():
            return False
        with Path(name).open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False


def parts(name: str, limits: Limits) -> list[str]:
    """The names under which the members of an archive are opened; the name itself where it is no
    archive, or one that cannot be read (opening it says why)."""
    if name == "-" or not is_archive(name):
        return [name]
    try:
        with _archive(name) as archive:
            chosen = _chosen(name, archive, limits)[0]
    except DataError:
        return [name]
    return [f"{name}{BETWEEN}{info.filename}" for info in chosen]


def refusal(name: str, limits: Limits) -> DataError:
    """Why an archive is not read as a file itself."""
    try:
        with _archive(name) as archive:
            chosen = _chosen(name, archive, limits)[0]
    except DataError as error:
        return error
    member = f"{name}{BETWEEN}{chosen[0].filename}"
    return DataError(f"{name} is a ZIP archive; name one file in it, as in '{member}'")


def size_of(name: str) -> int:
    """The bytes of a member once decompressed; 0 for what is none."""
    if (found := split(name)) is None:
        return 0
    try:
        with _archive(found[0]) as archive:
            return archive.getinfo(found[1]).file_size
    except (DataError, KeyError):
        return 0


@contextmanager
def opened(archive: str, member: str, limits: Limits) -> Iterator[tuple[IO[bytes], int, list[str]]]:
    """A member as a file, its size, and sentences about what was left out beside it.

    Raises `DataError`, also in the middle of reading, for one that cannot be read."""
    name = f"{archive}{BETWEEN}{member}"
    with _archive(archive) as found:
        chosen, left = _chosen(archive, found, limits)
        try:
            info = found.getinfo(member)
        except KeyError:
            had = ", ".join(one.filename for one in chosen[:NAMED])
            raise DataError(f"{name}: no such file in the archive; it has {had}") from None
        _check(name, info, limits)
        first = chosen[0].filename == member
        notes = [f"left out of the archive: {listed(left)}"] if first and left else []
        try:
            raw = found.open(info)
        except Exception as error:
            raise _damage(name, error) from None
        with closing(raw):
            yield cast(IO[bytes], _Member(name, raw)), info.file_size, notes


class _Member(io.RawIOBase):
    """A member whose damage is a `DataError`."""

    def __init__(self, name: str, raw: IO[bytes]) -> None:
        self.name, self._raw = name, raw

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._raw.tell()

    def read(self, size: int = -1) -> bytes:
        try:
            return self._raw.read(size)
        except Exception as error:
            raise _damage(self.name, error) from None


def _damage(name: str, error: Exception) -> Exception:
    """The `DataError` for what zipfile and its decompressors raise; of others, the error itself."""
    from zipfile import BadZipFile

    # A name or a method that this Python does not know; RuntimeError: a password is needed.
    if isinstance(error, NotImplementedError | RuntimeError):
        return DataError(f"{name}: packed in a way that is not known here; unpack it first")
    if isinstance(error, BadZipFile | zlib.error | EOFError | OSError | ValueError):
        why = str(error).lower()
        return DataError(f"{name}: the archive is damaged here ({why}); fetch it again")
    return error


def _archive(name: str) -> "ZipFile":
    """The open archive. Raises `DataError`."""
    from zipfile import BadZipFile, ZipFile

    try:
        _end(name)
        return ZipFile(name)
    except BadZipFile:
        raise DataError(f"{name} is a damaged or cut ZIP archive; fetch it again") from None
    except (OSError, NotImplementedError) as error:
        raise DataError(f"{name}: cannot be read ({str(error).lower()})") from None


def _end(name: str) -> None:
    """Refuse an archive whose list of members is too long to be read at all."""
    with Path(name).open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - END_SIZE - 0xFFFF))
        tail = file.read()
    at = tail.rfind(END)
    if at >= 0 and int.from_bytes(tail[at + 12 : at + 16], "little") > LIST:
        raise DataError(f"{name} has too many files in it; unpack it first")


def _chosen(name: str, archive: "ZipFile", limits: Limits) -> tuple[list["ZipInfo"], list[str]]:
    """The members to read, in their order, and the names of the others. Raises `DataError`."""
    every = [info for info in archive.infolist() if not info.is_dir()]
    names = [info.filename for info in every]
    if any(office in names for office in OFFICE):
        raise DataError(f"{name} is an Office file: save its table as CSV first")
    seen = [i for i in every if not HIDDEN.search(i.filename) and not _is_link(i)]
    for wanted in (CHATS, DATA, TEXTS):
        if chosen := [info for info in seen if wanted.search(info.filename)]:
            break
    else:
        raise DataError(
            f"{name} holds no JSON, CSV, Parquet or text"
            + (f" (it has {listed(names)})" if names else ", it is empty")
        )
    if all(info.flag_bits & 1 for info in chosen):
        raise DataError(f"{name} is encrypted; unpack it with its password first")
    whole, packed = sum(i.file_size for i in chosen), sum(i.compress_size for i in every)
    if whole > max(HARMLESS, limits.ratio * packed):
        raise DataError(
            f"{name} blows up more than {limits.ratio} times when unpacked; unpack it yourself "
            "if you trust it"
        )
    taken = {id(info) for info in chosen}
    return chosen, [info.filename for info in every if id(info) not in taken]


def _check(name: str, info: "ZipInfo", limits: Limits) -> None:
    if info.flag_bits & 1:
        raise DataError(f"{name} is encrypted; unpack it with its password first")
    if info.file_size > max(HARMLESS, limits.ratio * info.compress_size):
        raise DataError(
            f"{name} blows up more than {limits.ratio} times when unpacked; unpack it yourself "
            "if you trust it"
        )


def _is_link(info: "ZipInfo") -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
