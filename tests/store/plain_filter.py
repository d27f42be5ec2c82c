"""What a filter means, in plain Python over a whole small workspace: slow, and easy to believe."""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from curator.filters import nodes
from curator.filters.fields import BY_NAME
from curator.filters.words import tokens


@dataclass
class Chat:
    """A conversation with all that was ever said of it."""

    ord: int
    conversation: Any
    tags: set[str] = field(default_factory=set)
    #: (turn index, name, value, whether it warns) of signals on turns themselves
    signals: list[tuple[int, str, float, bool]] = field(default_factory=list)
    proposals: list["Proposal"] = field(default_factory=list)
    twin: bool = False


@dataclass
class Proposal:
    """A rewrite, where it stands, and what was measured on it."""

    rewrite: Any
    chat: Chat
    head: Any = None
    #: (name, value, whether it warns)
    signals: list[tuple[str, float, bool]] = field(default_factory=list)


def chat_matches(node, chat):
    """Whether the conversation is found."""
    if isinstance(node, nodes.Not):
        return not chat_matches(node.part, chat)
    if isinstance(node, nodes.Any):
        return any(chat_matches(part, chat) for part in node.parts)
    if isinstance(node, nodes.All):
        turn_parts, rewrite_parts, alone = _sorted(node)
        return (
            all(chat_matches(part, chat) for part in alone)
            and (not turn_parts or _some_turn(turn_parts, chat))
            and (not rewrite_parts or any(_of(rewrite_parts, p) for p in chat.proposals))
        )
    subject = _subject(node)
    if subject == "conversation":
        return _of_chat(node, chat, chat.proposals)
    if subject == "rewrite":
        return any(_of([node], proposal) for proposal in chat.proposals)
    return _some_turn([node], chat)


def rewrite_matches(node, proposal):
    """Whether the rewrite is found."""
    if isinstance(node, nodes.Not):
        return not rewrite_matches(node.part, proposal)
    if isinstance(node, nodes.Any):
        return any(rewrite_matches(part, proposal) for part in node.parts)
    if isinstance(node, nodes.All):
        turn_parts, rewrite_parts, alone = _sorted(node)
        if turn_parts and all(_subject(part) == "signal" for part in turn_parts):
            rewrite_parts, turn_parts = [*rewrite_parts, *turn_parts], []
        return (
            all(rewrite_matches(part, proposal) for part in alone)
            and (not turn_parts or _some_turn(turn_parts, proposal.chat))
            and (not rewrite_parts or _of(rewrite_parts, proposal))
        )
    subject = _subject(node)
    if subject == "conversation":
        return _of_chat(node, proposal.chat, [proposal])
    if subject in ("rewrite", "signal"):
        return _of([node], proposal)
    return _some_turn([node], proposal.chat)


def _sorted(node):
    turn_parts, rewrite_parts, signals, alone = [], [], [], []
    by_subject = {"turn": turn_parts, "rewrite": rewrite_parts, "signal": signals}
    for part in node.parts:
        own_group = isinstance(part, nodes.All | nodes.Not)
        (alone if own_group else by_subject.get(_subject(part), alone)).append(part)
    (rewrite_parts if rewrite_parts else turn_parts).extend(signals)
    return turn_parts, rewrite_parts, alone


def _subject(node):
    if isinstance(node, nodes.Words):
        return "turn"
    if isinstance(node, nodes.Not):
        return "conversation"
    if isinstance(node, nodes.Any | nodes.All):
        subjects = {_subject(part) for part in node.parts}
        for whole in ("turn", "rewrite"):
            if subjects <= {whole, "signal"} and whole in subjects:
                return whole
        return "signal" if subjects == {"signal"} else "conversation"
    known = BY_NAME.get(node.name)
    return known.of if known and node.name != "signal" else "signal"


def _some_turn(parts, chat):
    return any(
        all(_of_turn(part, chat, index) for part in parts)
        for index in range(len(chat.conversation.turns))
    )


def _of_turn(node, chat, index):
    if isinstance(node, nodes.Any):
        return any(_of_turn(part, chat, index) for part in node.parts)
    if isinstance(node, nodes.All):
        return all(_of_turn(part, chat, index) for part in node.parts)
    turn = chat.conversation.turns[index]
    here = [p for p in chat.proposals if p.rewrite.turn_index == index]
    if isinstance(node, nodes.Words):
        said = [turn.content, *(t for p in here for t in (p.rewrite.content, p.rewrite.criticism))]
        said += [p.head.content for p in here if p.head and p.head.verdict == "edit"]
        return any(_says(node, text) for text in said)
    values = {"role": turn.role, "length": len(turn.content), "turn": index + 1}
    if node.name in values:
        return _plain(node, values[node.name])
    measured = [signal for at, *signal in chat.signals if at == index]
    return _measured(node, [*measured, *(signal for p in here for signal in p.signals)])


def _measured(node, signals):
    if node.name == "signal":
        return any(_plain(node, name) for name, _, warns in signals if warns)
    return any(_number(node, value) for name, value, _ in signals if name == node.name)


def _of(parts, proposal):
    return all(_of_rewrite(part, proposal) for part in parts)


def _of_rewrite(node, proposal):
    if isinstance(node, nodes.Any):
        return any(_of_rewrite(part, proposal) for part in node.parts)
    if isinstance(node, nodes.All):
        return all(_of_rewrite(part, proposal) for part in node.parts)
    rewrite, head = proposal.rewrite, proposal.head
    if node.name not in BY_NAME or node.name == "signal":
        on_turn = [s for at, *s in proposal.chat.signals if at == rewrite.turn_index]
        return _measured(node, [*proposal.signals, *on_turn])
    if node.name == "verdict":
        said = {head.verdict} if head and head.verdict else set()
        if not head or head.verdict in (None, "skip"):
            said.add("pending")
        return bool(said & {value.text for value in node.values})
    marks = head.marks if head else {}
    values = {
        "flag": bool(head and head.flagged),
        "reviewer": head.reviewer if head else None,
        "score": marks.get("score"),
        "note": marks.get("note"),
        "model": rewrite.model,
        "proposal": rewrite.verdict,
        "candidate": rewrite.candidate,
        "new": len(rewrite.content),
        "advice": rewrite.advice or None,
        "suspicious": any(warns for _, _, warns in proposal.signals),
        "stale": any(
            other.head
            and other.head.verdict in ("accept", "edit")
            and other.rewrite.turn_index < rewrite.turn_index
            for other in proposal.chat.proposals
        ),
    }
    return _plain(node, values[node.name])


def _of_chat(node, chat, proposals):
    conversation = chat.conversation
    origin, meta = conversation.origin, conversation.meta
    if node.name == "tag":
        marked = {t for p in proposals if p.head for t in p.head.marks.get("tags", ())}
        tags = chat.tags | marked
        return any(
            not tags if not value.text else any(_text(value, tag) for tag in tags)
            for value in node.values
        )
    values = {
        "source": origin.source,
        "format": origin.format or None,
        "lang": meta.get("language"),
        "license": meta.get("license"),
        "category": meta.get("category"),
        "turns": len(conversation.turns),
        "run": None,
        "number": chat.ord + 1,
        "line": origin.line,
        "twin": chat.twin,
    }
    return _plain(node, values[node.name])


def _plain(node, value):
    if isinstance(value, bool):
        return ("yes" if value else "no") in {v.text for v in node.values}
    if isinstance(node, nodes.Is):
        return any(_text(asked, value) for asked in node.values)
    return value is not None and _number(node, value)


def _text(asked, value):
    if not asked.text:
        return value is None
    if value is None:
        return False
    if not asked.wild:
        return asked.text.lower() == value.lower()
    wild = re.sub(r"([\[?])", r"[\1]", asked.text.lower())
    return fnmatchcase(value.lower(), wild)


def _number(node, value):
    if isinstance(node, nodes.Between):
        return (node.low is None or value >= node.low) and (node.high is None or value <= node.high)
    asked = node.value
    return {
        ">": value > asked, ">=": value >= asked, "<": value < asked, "<=": value <= asked,
        "=": value == asked,
    }[node.sign]  # fmt: skip


def _says(words, text):
    asked, said = tokens(words.text), tokens(text)
    if not asked:
        return words.text.lower() in text.lower()
    for start in range(len(said) - len(asked) + 1):
        found = said[start : start + len(asked)]
        if found[:-1] == asked[:-1] and (
            found[-1].startswith(asked[-1]) if words.prefix else found[-1] == asked[-1]
        ):
            return True
    return False
