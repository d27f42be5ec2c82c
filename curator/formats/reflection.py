"""Records of hindsight reflection: question K, criticism C, new answer L, and the old answer.

SelfReflectionGPT's records name the criticism `C` or `Criticism`; Axolotl's `reflection` rows are
`{"instruction", "input", "output", "reflection", "corrected"}` with the old answer as output.
"""

from collections.abc import Iterator
from typing import Any

from curator.conversation import Conversation, Curated, Turn
from curator.errors import DataError
from curator.formats import alpaca
from curator.formats.base import Format, Row
from curator.formats.fields import conversation, meta_of, source_id, text
from curator.formats.pairs import Pair, pairs
from curator.formats.settled import settled

CRITICISM = ("Criticism", "criticism", "C", "c", "critique")
QUESTION = ("K", "K (unchanged)", "k")
NEW = ("L", "L (new)", "new_L", "L_new", "l")
OLD = ("L_old", "old_L", "L (old)", "OLD", "old")
KNOWN = ("id", "system", "history", *CRITICISM, *QUESTION, *NEW, *OLD)
KNOWN_AXOLOTL = (*alpaca.KNOWN, "reflection", "corrected")


def _named(row: Row, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if isinstance(row.get(name), str)), None)


def recognise(row: Row) -> tuple[float, str]:
    found = [_named(row, names) for names in (QUESTION, CRITICISM, NEW)]
    if all(found):
        return 0.97, "has " + ", ".join(f"`{name}`" for name in found)
    return 0.0, "no `K`, `C` and `L`"


def read(row: Row) -> list[Conversation]:
    question, criticism, new = (_named(row, names) for names in (QUESTION, CRITICISM, NEW))
    if question is None or new is None:
        raise DataError(f"field `{'L' if question else 'K'}` is missing or no string")
    old = _named(row, OLD)
    turns = [
        *alpaca.context_of(row),
        Turn("user", row[question]),
        _answer(row[new], row[criticism] if criticism else None, row[old] if old else None),
    ]
    return [conversation(turns, "reflection", source_id(row), meta_of(row, KNOWN))]


def _answer(new: str, criticism: str | None, old: str | None) -> Turn:
    rivals = {} if old is None else {"alternatives": [{"content": old, "rank": 1}]}
    return Turn(
        "assistant", new, {**rivals, **({} if criticism is None else {"criticism": criticism})}
    )


def recognise_axolotl(row: Row) -> tuple[float, str]:
    if all(isinstance(row.get(key), str) for key in ("instruction", "reflection", "corrected")):
        return 0.97, "has `instruction`, `output`, `reflection`, `corrected`"
    return 0.0, "no `reflection` and `corrected`"


def read_axolotl(row: Row) -> list[Conversation]:
    answer = _answer(text(row, "corrected"), text(row, "reflection"), text(row, "output"))
    turns = [*alpaca.context_of(row), alpaca.question_of(row), answer]
    meta = meta_of(row, KNOWN_AXOLOTL)
    return [conversation(turns, "axolotl-reflection", source_id(row), meta)]


def write(curated: Curated) -> Iterator[dict[str, Any]]:
    for pair in _asked(curated):
        yield {
            "K": pair.context[-1].content,
            "C": pair.criticism,
            "L": pair.chosen[0].content,
            "L_old": pair.rejected[0].content,
        }


def write_axolotl(curated: Curated) -> Iterator[dict[str, Any]]:
    for pair in _asked(curated):
        instruction, given = alpaca.asked(pair.context[-1])
        yield {
            "instruction": instruction,
            "input": given,
            "output": pair.rejected[0].content,
            "reflection": pair.criticism,
            "corrected": pair.chosen[0].content,
        }


def _asked(curated: Curated) -> list[Pair]:
    """Pairs that answer a question and say what was wrong, single answers on both sides."""
    return [
        pair
        for pair in pairs(curated)
        if pair.criticism
        and pair.context
        and pair.context[-1].role == "user"
        and len(pair.chosen) == len(pair.rejected) == 1
    ]


def loses(curated: Curated) -> list[str]:
    chat = settled(curated)
    found = _asked(curated)
    if not found:
        return ["the whole chat: no criticised answer with a better one in it"]
    lost = [f"field {name}" for name in chat.meta]
    if len(found) > 1 or len(chat.turns) > 2:
        lost.append("the turns beside the question and its answer")
    plain = {"content": found[0].rejected[0].content, "rank": 1}
    held = {"alternatives": [plain], "criticism": found[0].criticism}
    for turn in chat.turns:
        lost += [f"{key} of a turn" for key, value in turn.extra.items() if held.get(key) != value]
    return lost


FORMAT = Format(
    "reflection", "Hindsight records: K, C, L and the old L", recognise, read, write, loses,
    maps="K → question, L → answer, C or Criticism → criticism, L_old → alternative",
    teaches="pairs",
)  # fmt: skip
AXOLOTL = Format(
    "axolotl-reflection", "Axolotl reflection: old answer, reflection, corrected answer",
    recognise_axolotl, read_axolotl, write_axolotl, loses,
    maps="instruction + input → question, corrected → answer, reflection → criticism, "
    "output → alternative",
    teaches="pairs",
)  # fmt: skip
