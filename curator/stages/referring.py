"""How score holds rewrites against reference texts: from a file, or from the chats' own field."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from curator.conversation import Conversation, Signal, digest
from curator.errors import ConfigError, DataError
from curator.signals import reference
from curator.stages.base import Part, Progress, Report
from curator.store import Store
from curator.text import normalise

#: What stands for the field `reference` of each chat, in place of a file.
META = "meta"
BATCH = 64
_WHOSE = ("id", "conversation_id", "source_id", "question", "prompt", "instruction", "query")
_TEXT = ("reference", "text", "answer", "output", "response", "context")


def texts(source: str) -> dict[str, str] | None:
    """The references that `--reference` means: empty for the chats' own, None for none at all.

    Raises `ConfigError` or `DataError` for a file that is none."""
    if not source:
        return None
    return {} if source == META else read(Path(source))


def measure(
    store: Store,
    texts: Mapping[str, str],
    bounds: tuple[int | None, Part | None],
    steps: tuple[Progress, Report],
) -> None:
    """Measure the rewrites that were not held against these references (empty: those of their
    chats), so many at most and of a part where one is given; a second run goes on."""
    progress, report = steps
    limit, part = bounds
    only = None if part is None else part.rewrites
    version = int(digest(["reference 1", texts])[:7], 16)
    methods = {reference.NAME: version}
    left = store.signals.unscored_count(methods, only)
    progress.begin(left, "rewrites held against a reference")
    left, last = left if limit is None else min(left, max(0, limit)), -1
    while left > 0 and (batch := store.signals.unscored(methods, last, min(BATCH, left), only)):
        last, left, found = batch[-1][0], left - len(batch), []
        for _, id_, rewrite in batch:
            chat = store.conversations.get(rewrite.conversation_id)
            text = _of(chat, rewrite.turn_index, texts) if chat is not None else ""
            if chat is None or not text:
                report.count("without a reference")
                continue
            given = "\n".join(turn.content for turn in chat.turns[: rewrite.turn_index])
            value, flagged, note = reference.look(rewrite.content, text, given)
            found.append(
                Signal(
                    rewrite.conversation_id, rewrite.turn_index, reference.NAME, value, flagged,
                    note, id_,
                )
            )  # fmt: skip
        store.signals.add(found, methods, store.run_id)
        report.count("held against a reference", len(found))
        report.count("of them not borne out", sum(signal.flagged for signal in found))
        progress.step(len(batch))


def read(path: Path) -> dict[str, str]:
    """Reference texts by id or normalised question, of a JSON object (id or question to text), or
    of JSON or JSON lines of objects. Raises `ConfigError` or `DataError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"--reference {path}: {error.strerror}; give a JSON file") from None
    found: dict[str, str] = {}
    for number, (whose, text) in enumerate(_pairs(data, path), 1):
        if not isinstance(text, str) or not text.strip() or not whose:
            raise DataError(
                f"{path}, entry {number}: needs an id or a question (one of {', '.join(_WHOSE)}) "
                f"and a text (one of {', '.join(_TEXT)})"
            )
        found[whose] = found[normalise(whose)] = text
    if not found:
        raise DataError(f"{path} holds no reference texts; give a JSON object, or JSON lines")
    return found


def _pairs(data: bytes, path: Path) -> Iterator[tuple[str, Any]]:
    for value in _values(data, path):
        if not isinstance(value, dict):
            yield "", None
        elif any(name in value for name in _WHOSE) and any(name in value for name in _TEXT):
            whose = next(str(value[name]) for name in _WHOSE if value.get(name) not in (None, ""))
            yield whose, next((value[name] for name in _TEXT if name in value), None)
        else:
            yield from ((str(whose), text) for whose, text in value.items())


def _values(data: bytes, path: Path) -> list[Any]:
    try:
        value = msgspec.json.decode(data)
        return value if isinstance(value, list) else [value]
    except msgspec.DecodeError:
        pass
    values = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            values += [msgspec.json.decode(line)] if line.strip() else []
        except (msgspec.DecodeError, RecursionError) as error:
            raise DataError(f"{path}, line {number}: no JSON ({error})") from None
    return values


def _of(chat: Conversation, index: int, texts: Mapping[str, str]) -> str:
    """The reference of an answer: by turn (`id#turn`, from 1), chat, its id where it came from,
    its question; or the chat's own."""
    asked = next((t.content for t in reversed(chat.turns[:index]) if t.role == "user"), "")
    for key in (f"{chat.id}#{index + 1}", chat.id, chat.origin.source_id, normalise(asked)):
        if key and key in texts:
            return texts[key]
    if texts:
        return ""
    own = chat.meta.get("reference") or chat.meta.get("references")
    own = own if isinstance(own, list) else [own]
    return "\n".join(text for text in own if isinstance(text, str))
