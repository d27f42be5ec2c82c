"""What a filter may ask about, said once: parser, completion, help and documentation read this."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "choice", "yes", "number", "day"]
Subject = Literal["conversation", "turn", "rewrite"]


@dataclass(frozen=True)
class Field:
    """One thing to ask about. `of` says what it is a property of, `choices` the only values of a
    choice, `other` further spellings of the name, `least` the number that it counts from: whoever
    asks for less counts otherwise."""

    name: str
    kind: Kind
    of: Subject
    about: str
    example: str
    choices: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    least: int | None = None


VERDICTS = ("accept", "reject", "edit", "skip", "pending")

FIELDS: tuple[Field, ...] = (
    Field("id", "text", "conversation", "id of the conversation", "id:3f2a*"),
    Field("source", "text", "conversation", "file or run it came from", "source:*chats.jsonl"),
    Field("format", "text", "conversation", "layout it was read in", "format:sharegpt"),
    Field(
        "lang", "text", "conversation", "language of the chat", "lang:zh,en", other=("language",)
    ),
    Field("license", "text", "conversation", "licence of the chat", "license:cc-by*"),
    Field("category", "text", "conversation", "category of the chat", 'category:"a b"'),
    Field("tag", "text", "conversation", "tag of the chat, or of a rewrite", "tag:math"),
    Field("turns", "number", "conversation", "how many turns the chat has", "turns>=6"),
    Field("run", "number", "conversation", "number of the run that brought it in", "run:3"),
    Field("number", "number", "conversation", "its number in the library", "number:1..100"),
    Field("line", "number", "conversation", "line of the file it came from", "line:1..100"),
    Field("twin", "yes", "conversation", "dedup found a near twin and keeps that", "twin:no"),
    Field("cluster", "text", "conversation", "cluster of the map, by name", "cluster:*tax*"),
    Field(
        "role", "choice", "turn", "who speaks", "role:user",
        ("system", "user", "assistant", "tool"),
    ),
    Field("length", "number", "turn", "characters of the turn", "length>2000"),
    Field("turn", "number", "turn", "its number in the chat, from 1", "turn:1", least=1),
    Field("signal", "text", "turn", "a signal warns of it or its rewrite", "signal:refusal"),
    Field(
        "verdict", "choice", "rewrite", "how it was decided (pending: not settled)",
        "verdict:accept,edit", VERDICTS,
    ),
    Field("flag", "yes", "rewrite", "somebody flagged it", "-flag:yes", other=("flagged",)),
    Field("reviewer", "text", "rewrite", "who decided last", "reviewer:ann"),
    Field("score", "number", "rewrite", "the reviewer's score, 1 to 5", "score>=4"),
    Field("note", "text", "rewrite", "the reviewer's note", "note:*ask*"),
    Field("decided", "day", "rewrite", "day of the standing decision", "decided>=2026-01-31"),
    Field("model", "text", "rewrite", "model that proposed it", "model:*llama*"),
    Field("made", "day", "rewrite", "day it was proposed", "made:2026-01-01..2026-01-31"),
    Field(
        "proposal", "choice", "rewrite", "the reflector's own word", "proposal:keep",
        ("improve", "keep", "unanswerable"),
    ),
    Field("candidate", "number", "rewrite", "which of several proposals it is", "candidate:0"),
    Field("new", "number", "rewrite", "characters of the new answer", "new>2000"),
    Field("advice", "text", "rewrite", "the line of advice it was made with", "advice:*"),
    Field(
        "stale", "yes", "rewrite", "an earlier answer was changed since", "stale:yes"
    ),
    Field("suspicious", "yes", "rewrite", "a signal warns of it", "suspicious:no"),
)  # fmt: skip

#: Every spelling of a name.
BY_NAME: dict[str, Field] = {name: f for f in FIELDS for name in (f.name, *f.other)}

OPERATORS = (">=", "<=", "!=", "≥", "≤", ">", "<", "=", ":")

#: What a Chinese keyboard types for the signs of the language, one character for one.
SIGNS = str.maketrans("：（）－，＞＜＝“”\u3000", ':()-,><="" ')

#: What stands in a filter besides fields: shape and meaning.
SHAPES: tuple[tuple[str, str], ...] = (
    (
        'word "two words"',
        "what is said; inter* finds beginnings",
    ),
    ("a b", "both"),
    ("a or b", "one of them"),
    ("-a, not a", "not that"),
    ("(a or b) c", "parentheses"),
    ("lang:zh,en", "one of several values"),
    ("source:*x*", "* stands for anything"),
    ('category:""', "no value at all"),
    ("turns:3..6", "a range; open as in 3.. or ..6"),
    ("leak>0.3", "any signal by its name: its value"),
)


def reference() -> str:
    """The language on one page, for `--help` and the documentation."""
    width = max(len(field.example) for field in FIELDS) + 2
    lines = [f"{shape:<{width}}{about}" for shape, about in SHAPES]
    for subject in ("conversation", "turn", "rewrite"):
        lines += ["", f"of a {subject}"]
        lines += [f"{f.example:<{width}}{f.about}" for f in FIELDS if f.of == subject]
    return "\n".join(
        [
            *lines,
            "",
            "Conditions on turns side by side speak of one and the same turn, those on",
            "rewrites of one and the same rewrite; parentheses begin another. `-` says",
            "that there is none.",
        ]
    )
