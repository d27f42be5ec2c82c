"""Chats that fork: OpenAssistant trees and flat rows.

The chat is the path of best rank; the siblings that were not taken stay as alternatives of the turn
they compete with, each with its rank and its own replies.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats.base import Format, Row
from curator.formats.fields import conversation, meta_of, role_of, source_id, text
from curator.formats.reading.decoding import measure

OWN = ("text", "role", "replies", "message_id", "parent_id", "message_tree_id", "rank")
#: A rank as a table writes it.
RANK = re.compile(r"\s*\d{1,9}(?:\.\d{1,9})?\s*")
#: Lists and objects inside one another in what was not taken; writing more would fail.
NESTED = 200
#: A deeper tree is no conversation.
DEEPEST = 10_000


def recognise_tree(row: Row) -> tuple[float, str]:
    prompt = row.get("prompt")
    if isinstance(prompt, Mapping) and "text" in prompt and "replies" in prompt:
        return 0.98, "has a tree `prompt` with `text` and `replies`"
    return 0.0, "no tree `prompt`"


def read_tree(row: Row) -> list[Conversation]:
    prompt = row.get("prompt")
    if not isinstance(prompt, Mapping):
        raise DataError("field `prompt` is no tree of messages")
    if _gone(prompt):
        raise DataError("field `prompt`: the question was deleted")
    meta = meta_of(row, ("prompt", "message_tree_id"))
    return [_tree(prompt, "oasst", source_id(row, "message_tree_id"), meta)]


def _gone(node: Any) -> bool:
    """Whether a message was deleted, as JSON or a table says it."""
    return isinstance(node, Mapping) and node.get("deleted") in (True, "True", "true", "TRUE")


def _tree(root: Row, name: str, row_id: str, meta: dict[str, Any]) -> Conversation:
    turns: list[Turn] = []
    level: list[Any] = [root]
    while level and len(turns) < DEEPEST:
        best, *others = sorted(level, key=_rank)
        turns.append(_node(best, others))
        replies = best.get("replies") or []
        if not isinstance(replies, list) or not all(isinstance(r, Mapping) for r in replies):
            raise DataError(f"turn {len(turns)}: field `replies` is no list of messages")
        level = [reply for reply in replies if not _gone(reply)]
    if level:
        raise DataError(f"a chat of over {DEEPEST:,} turns")
    if measure([turn.extra for turn in turns])[1] > NESTED:
        raise DataError(f"replies to an answer that was not taken are nested over {NESTED} deep")
    if isinstance(root.get("lang"), str):
        meta.setdefault("language", root["lang"])
    return conversation(turns, name, row_id, meta)


def _rank(node: Row) -> tuple[bool, float]:
    """Ranked replies before unranked ones, best first; ties stay in file order."""
    rank = node.get("rank")
    if isinstance(rank, str) and RANK.fullmatch(rank):
        rank = float(rank)
    known = isinstance(rank, (int, float)) and not isinstance(rank, bool)
    return not known, float(rank) if known and rank is not None else 0.0


def _node(best: Row, others: list[Any]) -> Turn:
    role, extra = role_of(best.get("role"), "")
    if role == "user":
        extra = {}
    rivals = [
        {"content": text(other, "text"), **_place(other, best), **_more(other)} for other in others
    ]
    extra |= {k: v for k, v in best.items() if k not in OWN and v is not None}
    if rivals:
        extra["alternatives"] = rivals
    return Turn(role, text(best, "text"), extra)


def _place(other: Row, best: Row) -> dict[str, Any]:
    """How far a sibling is behind the best; 0, which prefers nothing, where it was not ranked."""
    ranked = not _rank(other)[0] and not _rank(best)[0]
    return {"rank": int(_rank(other)[1] - _rank(best)[1]) if ranked else 0}


def _more(other: Row) -> dict[str, Any]:
    kept = {k: v for k, v in other.items() if k not in OWN and v is not None}
    replies = other.get("replies")
    if isinstance(replies, list):
        replies = [reply for reply in replies if not _gone(reply)]
    return kept | ({"replies": replies} if replies else {})


def recognise_flat(row: Row) -> tuple[float, str]:
    if all(key in row for key in ("message_id", "parent_id", "text", "role")):
        return 0.98, "has `message_id`, `parent_id`, `text`, `role`"
    return 0.0, "no `message_id` and `parent_id`"


def gather_flat(
    rows: Iterable[tuple[Any, Row]],
) -> Iterator[tuple[Any, Conversation | DataError]]:
    """One chat for each root message; a row whose parent is nowhere is an error of its own."""
    nodes: dict[str, tuple[Any, dict[str, Any]]] = {}
    for place, row in rows:
        try:
            key = text(row, "message_id")
            text(row, "text")
            role_of(row.get("role"), "")
        except DataError as error:
            yield place, error
            continue
        if key in nodes:
            yield place, DataError(f"field `message_id`: {key} was there before")
            continue
        nodes[key] = (place, {**row, "replies": []})
    why = _apart(nodes)
    for key, reason in why.items():
        yield nodes[key][0], DataError(reason)
    for key, (place, node) in nodes.items():
        if key in why or _parent(node) is not None:
            continue
        try:
            yield place, _tree(node, "oasst-flat", str(node.get("message_tree_id") or key), {})
        except DataError as error:
            yield place, error
            for other in _below(nodes, [key]):
                yield nodes[other][0], DataError(f"its chat was left out: {error}")


def _parent(node: Row) -> Any:
    """The key of the message that another answers; None for the first of a chat."""
    parent = node.get("parent_id")
    return None if parent == "" else parent


def _apart(nodes: Mapping[str, tuple[Any, dict[str, Any]]]) -> dict[str, str]:
    """Hang every message under its parent; gives by key why one is in no chat: it was deleted, its
    parent is not there, it answers (however far back) such a one, or they go round in a circle."""
    why: dict[str, str] = {}
    for key, (_, node) in nodes.items():
        parent = _parent(node)
        if _gone(node):
            why[key] = "the message was deleted"
        elif parent is not None and (parent not in nodes or parent == key):
            why[key] = f"field `parent_id`: no message {parent} in this file"
        if parent in nodes and parent != key:
            nodes[parent][1]["replies"].append(node)
    for key in _below(nodes, list(why)):
        why.setdefault(key, "it answers a message that was left out")
    firsts = [key for key, (_, node) in nodes.items() if _parent(node) is None]
    reached = {*firsts, *_below(nodes, firsts), *why}
    return why | {k: "its messages answer one another" for k in nodes if k not in reached}


def _below(nodes: Mapping[str, tuple[Any, dict[str, Any]]], keys: list[str]) -> Iterator[str]:
    """The keys of all messages that answer these, and those that answer them."""
    seen = set(keys)
    waiting = list(keys)
    while waiting:
        for reply in nodes[waiting.pop()][1]["replies"]:
            if (key := reply["message_id"]) not in seen:
                seen.add(key)
                waiting.append(key)
                yield key


def read_flat(row: Row) -> list[Conversation]:
    """One message alone, for a reader that does not gather."""
    (_, found), *_ = [*gather_flat([(None, {**row, "parent_id": None})])]
    if isinstance(found, DataError):
        raise found
    return [found]


FORMATS = (
    Format("oasst", "OpenAssistant trees: prompt with replies", recognise_tree, read_tree,
           maps="best-ranked replies → turns, their siblings → alternatives with ranks"),
    Format("oasst-flat", "OpenAssistant rows: message_id, parent_id, text, role", recognise_flat,
           read_flat, gather=gather_flat,
           maps="rows joined by parent_id; best-ranked replies → turns, siblings → alternatives"),
)  # fmt: skip
