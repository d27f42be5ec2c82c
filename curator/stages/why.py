"""why: one exported line walked back to its source, its model, its critic and its reviewer."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from curator.conversation import Conversation, Decision, Export, Rewrite
from curator.engines import Engines
from curator.errors import ConfigError, DataError
from curator.stages.base import POSITIONAL, Progress, Report, Stage
from curator.store import Store
from curator.text import snippet
from curator.wording import several


@dataclass(frozen=True, kw_only=True)
class Config:
    """Say where one exported line came from: file, line, model, criticism, reviewer, time."""

    row: Annotated[str, "FILE:LINE of an export, as an editor counts lines", POSITIONAL]


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """The chain from the line back to the chat and to every word said on it."""
    del engines, progress
    path, line = _place(config.row)
    name, known = _recorded(store, path, line)
    if line == 0:
        raise DataError(f"{path}: line 1 is the bracket of the list; its rows begin on line 2")
    found = store.exports.line(name, known)
    if found is None:
        raise DataError(
            f"{path} never had a line {config.row.rpartition(':')[2]}; it was written with fewer"
        )
    export, checksum, ord_, turn = found
    conversation = store.exports.conversation(ord_)
    if conversation is None:
        raise DataError(f"{config.row}: its chat is no longer in the workspace")
    report = Report(columns=("what", "said"))
    report.rows = [
        *_exported(store, export, path, line, checksum),
        *_origin(conversation, turn),
        *_rewrites(store, conversation, turn),
        *_stale(store, conversation, turn),
    ]
    report.data = {"conversation": conversation.id, "turn": turn, "export": export.id}
    return report


def _place(row: str) -> tuple[Path, int]:
    name, colon, line = row.rpartition(":")
    if not colon or not name or not line.isdigit() or int(line) < 1:
        raise ConfigError(f"{row}: write FILE:LINE, as in train.jsonl:12")
    path = Path(name).expanduser().absolute()
    if path.is_dir():
        path = path / "train.jsonl"
    # The first line of a JSON array is its bracket.
    return path, int(line) - (".json" in path.suffixes[-2:])


def _recorded(store: Store, path: Path, line: int) -> tuple[str, int]:
    """The name under which a file is known, also after it was moved elsewhere."""
    known = store.exports.files()
    if str(path) in known:
        return str(path), line
    if path.is_file():
        named = store.exports.file_of(_checksum(path))
        if named is not None:
            return named, line
    raise DataError(
        f"{path} was not exported from this workspace, or was changed since"
        + (f"; files that were: {', '.join(known[-3:])}" if known else "")
    )


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        found = sha256()
        while chunk := file.read(1 << 20):
            found.update(chunk)
    return found.hexdigest()


Said = tuple[str, str]


def passport(store: Store, conversation: Conversation, turn: int, first: str = "") -> list[Said]:
    """Where a chat came from and what was said of one of its turns, as names and values; of
    several proposals that with the id `first` before the others."""
    return [
        *_origin(conversation, turn),
        *_rewrites(store, conversation, turn, first),
        *_stale(store, conversation, turn),
    ]


def _exported(store: Store, export: Export, path: Path, line: int, checksum: str) -> Iterator[Said]:
    yield "exported as", f"{export.format}, export {export.id}"
    if run := store.runs.of(export.run_id):
        yield "exported at", f"{run.started:%Y-%m-%d %H:%M:%S} UTC"
    if not path.is_file():
        yield "file now", "gone"
    elif _checksum(path) != checksum:
        yield "file now", f"changed since: line {line} may be another"
    else:
        yield "file now", "as it was written"


def _origin(conversation: Conversation, turn: int) -> Iterator[Said]:
    origin, meta = conversation.origin, conversation.meta
    line = "" if origin.line is None else f":{origin.line}"
    yield "source", f"{origin.source}{line}"
    if origin.source_id:
        yield "id there", origin.source_id
    yield "layout there", origin.format
    yield "licence", str(meta.get("license") or "unknown")
    yield "chat", f"{conversation.id}, {several(len(conversation.turns), 'turn')}"
    if turn >= 0:
        question = next((t for t in reversed(conversation.turns[:turn]) if t.role == "user"), None)
        yield "turn", f"{turn + 1}"
        if question:
            yield "question", snippet(question.content, 200)
        yield "old answer", snippet(conversation.turns[turn].content, 200)


def _stale(store: Store, conversation: Conversation, turn: int) -> Iterator[Said]:
    """That an earlier answer of the chat was changed, so that this one follows other words."""
    before = [r for r in store.rewrites.of(conversation.id) if r.turn_index < turn]
    heads = store.decisions.heads([rewrite.id for rewrite in before]) if before else {}
    changed = {
        rewrite.turn_index + 1
        for rewrite in before
        if (head := heads.get(rewrite.id)) and head.verdict in ("accept", "edit")
    }
    if changed:
        yield "stale", f"follows turn {min(changed)}, which was changed"


def _rewrites(
    store: Store, conversation: Conversation, turn: int, first: str = ""
) -> Iterator[Said]:
    rewrites = [r for r in store.rewrites.of(conversation.id) if turn in (-1, r.turn_index)]
    several = turn >= 0 and len(rewrites) > 1
    numbered = sorted(enumerate(rewrites, 1), key=lambda pair: pair[1].id != first)
    for number, rewrite in numbered:
        decisions = store.decisions.history(rewrite_id=rewrite.id)
        if decisions or turn >= 0:
            which = f" {number} of {len(rewrites)}" if several else ""
            yield from _rewrite(store, rewrite, decisions, which)
    if not rewrites:
        yield "decided", "nothing: an untouched original"


def _rewrite(
    store: Store, rewrite: Rewrite, decisions: list[Decision], which: str
) -> Iterator[Said]:
    yield f"new answer{which}", snippet(rewrite.content, 200)
    if rewrite.criticism or not rewrite.given:
        yield "criticism", snippet(rewrite.criticism, 300)
    if rewrite.advice:
        yield "advice", rewrite.advice
    yield from _given(rewrite) if rewrite.given else _asked(rewrite)
    if run := store.runs.of(rewrite.run_id):
        by = f", begun by {run.reviewer}" if run.reviewer else ""
        what = "proposed" if rewrite.given else "written"
        yield what, f"{run.started:%Y-%m-%d %H:%M:%S} UTC, run {run.id} ({run.stage}){by}"
    for decision in sorted(decisions, key=lambda d: d.seq or 0):
        when = f"{decision.at:%Y-%m-%d %H:%M:%S} UTC" if decision.at else "at an unknown time"
        why = f": {decision.reason}" if decision.reason else ""
        yield "decided", f"{decision.verdict} by {decision.reviewer}, {when}{why}"
        if decision.content is not None:
            yield "edited to", snippet(decision.content, 200)


def _asked(rewrite: Rewrite) -> Iterator[Said]:
    yield "model", rewrite.model
    sampling = ", ".join(f"{key} {value}" for key, value in sorted(rewrite.sampling.items()))
    yield "sampling", sampling or "the endpoint's own"
    yield "prompt", rewrite.prompt_digest
    if rewrite.shown:
        yield "later turns shown", ", ".join(str(index + 1) for index in rewrite.shown)


def _given(rewrite: Rewrite) -> Iterator[Said]:
    said = {"old": "worse than the old answer", "new": "better than the old answer"}
    yield "came with", f"the file of the chat, called {said.get(rewrite.label, 'neither better')}"


STAGE = Stage("why", Config, run)
