"""What an import could not take: file, line, byte, reason and the beginning of the text."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from curator.store.connection import Connection


class Reject(msgspec.Struct, frozen=True):
    """One row of a file that was refused, or part of it."""

    file: str
    line: int | None
    byte: int | None
    reason: str
    raw: str


class Rejects:
    """The table of the latest import of each file, and its copy as a file beside the workspace."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._db = connection
        self.path = path.with_name(path.name + ".rejects.jsonl")

    def forget(self, file: str) -> None:
        """Drop those of an earlier import of `file`, which is being read again."""
        self._db.execute("delete from rejects where file = ?", [file])

    def count(self) -> int:
        """How many there are."""
        return int(self._db.value("select count(*) from rejects"))

    def all(self, limit: int | None = None) -> list[Reject]:
        """Those of all files, by file and line."""
        return [
            Reject(*row)
            for row in self._db.rows(
                f"""
                select file, line, byte, reason, raw from rejects order by file, line, byte
                {"" if limit is None else f"limit {int(limit)}"}
                """
            )
        ]

    def reasons(self) -> list[tuple[str, str, int]]:
        """(file, reason, how often), the most frequent first."""
        return [
            (file, reason, int(count))
            for file, reason, count in self._db.rows(
                """
                select file, reason, count(*) as n from rejects
                group by file, reason order by n desc, file, reason
                """
            )
        ]

    def write(self) -> Path | None:
        """All of them as JSON lines in `path`, replaced as a whole; None (and no such file) when
        there are none."""
        if not self.count():
            self.path.unlink(missing_ok=True)
            return None
        draft = self.path.with_name(f".{self.path.name}.tmp-{os.getpid()}")
        with draft.open("w", encoding="utf-8") as out:
            for reject in self.all():
                out.write(json.dumps(msgspec.structs.asdict(reject), ensure_ascii=False) + "\n")
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self.path)
        return self.path


def reject_columns(rejects: Sequence[Reject], run_id: int | None) -> dict[str, list[Any]]:
    """Rows for the table, by column."""
    return {
        "run_id": [run_id] * len(rejects),
        **{name: [getattr(r, name) for r in rejects] for name in Reject.__struct_fields__},
    }
