"""How layouts put the turns of a chat into a row, many chats at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from curator.conversation import Turn
from curator.formats.base import Form, Plain

#: The turns of some chats: first letters of roles, texts, and where each chat begins (and the last
#: ends) in both.
Said = tuple[Sequence[int], Sequence[str], Sequence[int]]
#: What a row has besides the fields that all chats of its kind have, and which of these go before.
Fields = dict[str, Any]
_ASKED, _ANSWERED = Turn("user", ""), Turn("assistant", "")
#: For each form a chat in which nothing is said, whose row is the frame of all others.
NOBODY: Mapping[Form, tuple[Turn, ...]] = {
    "turns": (_ASKED,),
    "strings": (_ASKED, _ANSWERED),
    "alpaca": (_ASKED, _ANSWERED),
}


def arranged(plain: Plain, said: Said) -> Iterator[Fields]:
    """For each chat the fields of its row that hold its words, in order."""
    return _FORMS[plain.form](plain, said)


def _turns(plain: Plain, said: Said) -> Iterator[Fields]:
    letters, texts, firsts = said
    field, role, content = plain.field, plain.role, plain.content
    names = {ord(role[0]): name for role, name in plain.names.items()}
    turns = [
        {role: names[letter], content: text} for letter, text in zip(letters, texts, strict=True)
    ]
    for begin, end in pairwise(firsts):
        yield {field: turns[begin:end]}


def _strings(plain: Plain, said: Said) -> Iterator[Fields]:
    _, texts, firsts = said
    for begin, end in pairwise(firsts):
        yield {plain.field: texts[begin:end]}


def _alpaca(plain: Plain, said: Said) -> Iterator[Fields]:
    """The last question and answer, then those before them."""
    del plain
    _, texts, firsts = said
    for begin, end in pairwise(firsts):
        row: Fields = {"instruction": texts[end - 2], "input": "", "output": texts[end - 1]}
        if end - begin > 2:
            row["history"] = [texts[n : n + 2] for n in range(begin, end - 2, 2)]
        yield row


_FORMS: Mapping[Form, Callable[[Plain, Said], Iterator[Fields]]] = {
    "turns": _turns,
    "strings": _strings,
    "alpaca": _alpaca,
}
