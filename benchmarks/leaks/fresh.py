"""The second planted set: other recipes than `build`, from chats that `build` tuned nothing on.

Words are picked by how few chats of the data hold them, names by how they are written (English) or
what a tagger calls them (Chinese); facts are also invented and put into a later turn, so that their
origin is beyond doubt. Chats are halved by a digest of their ids: `held` is only reported.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

import rjieba

from benchmarks.leaks.build import (
    COMMON,
    PIECE,
    Case,
    Neighbours,
    Spot,
    alternatives_chinese,
    alternatives_english,
    pieces,
    read,
    spots,
)
from benchmarks.leaks.phrasing import FACTS, FRAMES, INLINE, PAIRS, REMARKS, TALK

PER_KIND = 80
#: A word that is in more chats than this tells nothing.
RARE = {"english": 6, "chinese": 4}
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]{3,}")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b(?: [A-Z][a-z]{2,}\b)?(?![\w@])")
_CODE = re.compile(
    r"\b(?:[a-z]+[A-Z]\w+|[A-Za-z]+_\w+|\w+\.(?:py|js|txt|csv|json|html|php|java|xlsx?|pdf|cpp|sql)"
    r"|\w+\(\))",
    re.A,
)
_NUMBER = re.compile(r"(?<![\w.,])(?:[$€£¥]\s?\d[\d,.]*\d|\d[\d,.]*\d(?:%| ?[a-zA-Z]{2,9}\b)?)")
_HAN_NUMBER = re.compile(r"\d[\d,.]*\d?\s?[\u4e00-\u9fff]{1,2}|\d{3,}")
_LATIN = re.compile(r"(?<![\w/.:-])[A-Z][A-Za-z0-9+#]{2,}(?![\w/.:-])")
_TITLE = re.compile(r"《[^》]{2,15}》")
#: What the tagger calls names: people, places, organisations, other proper names.
PROPER = ("nr", "ns", "nt", "nz", "nrt", "nrfg")


class Texts:
    """In how many chats of the data a word occurs."""

    def __init__(self, records: list[list[dict]]) -> None:
        self.words: Counter[str] = Counter()
        self.names: Counter[str] = Counter()
        for group in records:
            for record in group:
                text = "\n".join(turn["value"] for turn in record["conversations"])
                self.words.update({w.lower() for w in _WORD.findall(text)})
                self.names.update(set(re.findall(r"(?<=[a-z,] )[a-z]{3,}", text)))
                if re.search(r"[\u4e00-\u9fff]", text):
                    self.words.update({w for w in rjieba.cut(text) if len(w) > 1})


def half(chat: str) -> bool:
    """Whether a chat belongs to the half that is only reported."""
    return blake2b(chat.encode()).digest()[1] % 2 == 1


def unknown(spot: Spot, found: str) -> bool:
    """Whether the chat so far does not say it, in this form or another."""
    low = found.lower()
    if low.isascii():
        return low[: max(3, round(len(low) * 0.6))] not in spot.known and low not in COMMON
    parts = (low[:-1], low[1:]) if len(low) > 2 else (low,)
    return not any(part in spot.known for part in parts)


def later(spot: Spot, *roles: str) -> str:
    """What the roles say later, the beginning of each turn."""
    return "\n".join(text[:2500] for role, text in spot.later if role in roles)


# -- leaks ------------------------------------------------------------------------------------


def _word(spot: Spot, known: Texts, rng: random.Random) -> str | None:
    """One rare plain word of a later user turn."""
    text = later(spot, "user")
    if spot.language == "english":
        found = [w for w in _WORD.findall(text) if w.islower() and len(w) > 4]
    else:
        found = [w for w, tag in rjieba.tag(text) if len(w) > 1 and tag[0] in "nv" and _han(w)
                 and tag not in PROPER]  # fmt: skip
    fresh = [
        w for w in found
        if unknown(spot, w) and 1 <= known.words[w.lower()] <= RARE[spot.language]
    ]  # fmt: skip
    return rng.choice(fresh) if fresh else None


def _han(word: str) -> bool:
    return all("\u4e00" <= sign <= "\u9fff" for sign in word)


def _named(spot: Spot, known: Texts, rng: random.Random, *roles: str) -> str | None:
    text = later(spot, *roles)
    if spot.language == "english":
        found = [
            n for n in _NAME.findall(text)
            if all(known.names[w.lower()] < 2 and w.lower() not in COMMON for w in n.split())
        ]  # fmt: skip
        found = [n for n in found if any(known.words[w.lower()] < 40 for w in n.split())]
    else:
        found = [
            w
            for w, tag in rjieba.tag(text)
            if tag in PROPER and len(w) > 1 and _han(w) and known.words[w] <= 12
        ]
        found += _TITLE.findall(text)
        found += [w for w in _LATIN.findall(text) if 1 <= known.words[w.lower()] <= 20]
    fresh = [n for n in found if unknown(spot, n)]
    return rng.choice(fresh) if fresh else None


def _user_name(spot: Spot, known: Texts, rng: random.Random) -> str | None:
    return _named(spot, known, rng, "user")


def _any_name(spot: Spot, known: Texts, rng: random.Random) -> str | None:
    """A name that the assistant says later, the user not."""
    found = _named(spot, known, rng, "assistant")
    rare = found and max(known.words[w.lower()] for w in re.findall(r"\w+", found)) <= 5
    return found if rare and found.lower() not in later(spot, "user").lower() else None


def _number(spot: Spot, _: Texts, rng: random.Random) -> str | None:
    pattern = _NUMBER if spot.language == "english" else _HAN_NUMBER
    found = [n.strip() for n in pattern.findall(later(spot, "user"))]
    fresh = [n for n in found if _digits(n) not in spot.known and len(_digits(n)) > 1]
    return rng.choice(fresh) if fresh else None


def _digits(text: str) -> str:
    return re.findall(r"\d[\d,.]*\d|\d", text)[0]


def _code(spot: Spot, _: Texts, rng: random.Random) -> str | None:
    found = [c for c in _CODE.findall(later(spot, "user", "assistant")) if unknown(spot, c)]
    return rng.choice(found) if found else None


def _phrase(spot: Spot, known: Texts, rng: random.Random) -> str | None:
    """Three to five neighbours of a later user turn, one of them uncommon."""
    text = later(spot, "user")
    if spot.language == "english":
        words, joint, ok = text.split(), " ", lambda w: 0 < known.words[w] <= 40
    else:
        words, joint, ok = rjieba.cut(text), "", lambda w: 0 < known.words[w] <= 12
    starts = [
        i for i, w in enumerate(words)
        if ok(w.strip(".,!?").lower()) and len(w) > 1 and unknown(spot, w.strip(".,!?"))
    ]  # fmt: skip
    if not starts:
        return None
    at, size = rng.choice(starts), rng.choice((3, 4, 5))
    begin = max(0, at - rng.randrange(size))
    found = joint.join(words[begin : begin + size]).strip(" .,!?\n，。！？")
    return found if "\n" not in found and len(found) > 5 else None


def _framed(make: Callable[[Spot, Texts, random.Random], str | None]) -> Callable:
    def plant(spot: Spot, known: Texts, rng: random.Random) -> tuple[Spot, str, str] | None:
        found = make(spot, known, rng)
        return (spot, found, _placed(spot, found, rng)) if found else None

    return plant


def _placed(spot: Spot, found: str, rng: random.Random) -> str:
    """An edit of the old answer that says it: in a sentence of its own, or inside one."""
    body = pieces(edited(spot, rng), spot.language)
    if rng.random() < 0.5:
        at = rng.randrange(len(body))
        end = re.search(r"[.!?。！？：:，,;；]*\s*\Z", body[at]).start()
        words = _mine(INLINE, spot, rng).format(found)
        body[at] = body[at][:end] + words + body[at][end:]
    else:
        body.insert(rng.randrange(len(body) + 1), _mine(FRAMES, spot, rng).format(found) + " ")
    return "".join(body)


def _mine(sentences: dict, spot: Spot, rng: random.Random):
    return rng.choice(sentences[spot.language][1 if half(spot.chat) else 0 :: 2])


def _invented(spot: Spot, _: Texts, rng: random.Random) -> tuple[Spot, str, str] | None:
    """A fact that is added to the next user turns, and leaks."""
    said, fact = _mine(FACTS, spot, rng)
    if fact.lower() in spot.known:
        return None
    at = rng.choice([i for i, (role, _) in enumerate(spot.later) if role == "user"][:2])
    text = spot.later[at][1]
    told = rng.choice((f"{text} {said}", f"{said} {text}"))
    turns = (*spot.later[:at], ("user", told), *spot.later[at + 1 :])
    changed = Spot(spot.chat, spot.language, spot.before, spot.old, turns)
    return changed, fact, _placed(changed, fact, rng)


def _whole(spot: Spot, known: Texts, rng: random.Random) -> tuple[Spot, str, str] | None:
    """A whole later wish taken into the answer, words swapped and left out."""
    for role, text in spot.later:
        for piece in pieces(text[:800], spot.language) if role == "user" else ():
            fresh = [w for w in _content(piece, spot.language) if unknown(spot, w)]
            if len(fresh) >= 3 and sum(known.words[w.lower()] < 60 for w in fresh) >= 2:
                said = swapped(piece.strip(), spot.language, rng)
                body = pieces(edited(spot, rng), spot.language)
                body.insert(rng.randrange(len(body) + 1), said + " ")
                return spot, said, "".join(body)
    return None


def _content(text: str, language: str) -> list[str]:
    if language == "english":
        return [w for w in _WORD.findall(text) if w.lower() not in COMMON]
    return [w for w, tag in rjieba.tag(text) if len(w) > 1 and tag[0] in "nvai" and _han(w)]


def _answer(spot: Spot, _: Texts, rng: random.Random) -> tuple[Spot, str, str] | None:
    """Two sentences that answer the next question, put at the end."""
    for (role, asked), (other, text) in zip(spot.later, spot.later[1:], strict=False):
        if role != "user" or other != "assistant" or len(asked) > 500 or _again(asked):
            continue
        fresh = [w for w in _content(asked, spot.language) if unknown(spot, w)]
        said = [
            p for p in pieces(text, spot.language)[:8]
            if len([w for w in _content(p, spot.language) if unknown(spot, w)]) >= 4
            and not re.search(r"[{};=]|^\s*(?:import|from)\b", p)
        ]  # fmt: skip
        if len(fresh) >= 2 and len(said) >= 2:
            taken = [swapped(p, spot.language, rng) for p in said[:2]]
            return spot, taken[0], edited(spot, rng).rstrip() + "\n\n" + "".join(taken)
    return None


def _again(asked: str) -> bool:
    """Whether a question asks for the same thing once more: then its answer is no leak."""
    return bool(re.search(
        r"\b(?:again|continue|go on|rewrite|redo|instead|wrong|not|shorter|longer|but)\b|n't"
        r"|继续|重|不|错|再|改", asked, re.I,
    ))  # fmt: skip


def _talk(spot: Spot, _: Texts, rng: random.Random) -> tuple[Spot, str, str] | None:
    topic = [w for w in _content(later(spot, "user"), spot.language) if unknown(spot, w)]
    told = _mine(TALK, spot, rng)
    if "{0}" in told and not topic:
        return None
    told = told.format(rng.choice(topic)) if topic else told
    body = pieces(edited(spot, rng), spot.language)
    body.insert(rng.choice((0, len(body) // 2, len(body))), told + " ")
    return spot, told, "".join(body)


PLANTS: dict[str, Callable] = {
    "word": _framed(_word), "name": _framed(_user_name), "later name": _framed(_any_name),
    "number": _framed(_number), "code": _framed(_code), "phrase": _framed(_phrase),
    "invented": _invented, "whole wish": _whole, "answer": _answer, "talk": _talk,
}  # fmt: skip

# -- clean rewrites -----------------------------------------------------------------------------


def swapped(text: str, language: str, rng: random.Random) -> str:
    """Everyday words for everyday words."""
    for word, other in PAIRS[language]:
        if rng.random() < 0.6:
            edge = r"\b" if language == "english" else ""
            text = re.sub(edge + word + edge, other, text)
    return text


def edited(spot: Spot, rng: random.Random) -> str:
    """The old answer, a sentence left out, another moved, words swapped, a remark added."""
    body = pieces(spot.old, spot.language)
    if len(body) > 3 and rng.random() < 0.7:
        del body[rng.randrange(len(body))]
    if len(body) > 3 and rng.random() < 0.3:
        body.append(body.pop(rng.randrange(len(body))))
    if rng.random() < 0.5:
        body.insert(rng.choice((0, len(body))), _mine(REMARKS, spot, rng) + " ")
    return swapped("".join(body), spot.language, rng)


def _restyled(spot: Spot, rng: random.Random) -> str:
    """As a list, as one paragraph, shouted at its head, or with slips put right or made."""
    body = [p.strip() for p in pieces(edited(spot, rng), spot.language)]
    how = rng.randrange(4)
    if how == 0:
        return "\n".join(f"- {p}" for p in body)
    if how == 1:
        return " ".join(body)
    if how == 2:
        head = " ".join(body[0].split()[:6]) if spot.language == "english" else body[0][:12]
        return f"## {head}\n\n" + "\n\n".join(body)
    text = "\n".join(body)
    for _ in range(3):
        i = rng.randrange(max(1, len(text) - 1))
        text = text[:i] + text[i + 1 : i + 2] + text[i : i + 1] + text[i + 2 :]
    return text


class Elsewhere:
    """What other chats say, by the words in it."""

    def __init__(self, found: list[Spot]) -> None:
        self.by_word: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.all: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for spot in found:
            for piece in PIECE[spot.language].findall(spot.old)[:15]:
                if len(piece) > (50 if spot.language == "english" else 18):
                    self.all[spot.language].append((spot.chat, piece.strip()))
                    for word in set(_content(piece.lower(), spot.language)):
                        self.by_word[word].append((spot.chat, piece.strip()))

    def on(self, words: set[str], chat: str, most: int) -> list[str]:
        """Sentences of other chats that hold one of the words."""
        return [
            piece for word in sorted(words) if 1 < len(self.by_word[word]) < most
            for other, piece in self.by_word[word] if other != chat
        ]  # fmt: skip


def _clean(
    spot: Spot, elsewhere: Elsewhere, near: Neighbours, rng: random.Random
) -> Iterator[tuple[str, str]]:
    """One clean rewrite of every kind that this spot allows."""
    yield "edit", edited(spot, rng)
    yield "restyled", _restyled(spot, rng)
    asked = set(_content(f"{spot.before[-1]} {spot.old}".lower(), spot.language))
    topical = elsewhere.on(asked, spot.chat, 60)
    if len(topical) > 3:
        facts = rng.sample(topical, 3)
        yield "outside facts", edited(spot, rng) + " " + " ".join(facts)
    any_three = rng.sample(elsewhere.all[spot.language], 3)
    yield "by chance", edited(spot, rng) + " " + " ".join(s for c, s in any_three if c != spot.chat)
    if other := near.nearest(spot):
        yield "neighbour", other
    if "```" in spot.old or len(re.findall(r"[;{}]\s*$", spot.old, re.M)) > 3:
        yield "code", re.sub(r"\b(i|x|data|result|value)\b", r"my_\1", edited(spot, rng))


def build(files: dict[str, Path], seed: int = 5, third: bool = False) -> list[Case]:
    """All cases; `test` marks the half that is only reported. `third` takes them from the chats
    that the other set was tuned on instead. Raises when a file cannot be read."""
    rng = random.Random(seed)
    english, chinese = read(files["english"]), read(files["chinese"])
    chains = read(files["chains"])
    known = Texts([english, chinese, _as_sharegpt(chains)])
    found = {
        "english": spots(english + _messages(files), "english"),
        "chinese": spots(chinese + _as_sharegpt(chains), "chinese"),
    }
    cases: list[Case] = []
    for every in found.values():
        unseen = [spot for spot in every if spot.test != third]
        cases += _leaks(unseen, known, rng)
        cases += _cleans(unseen, every, rng)
    for made in (
        alternatives_english(english), alternatives_chinese(read(files["ranked"]), chains),
    ):  # fmt: skip
        mine = [_case("alternative", False, _spot_of(case), case.new) for case in made]
        cases += rng.sample(mine, min(2 * PER_KIND, len(mine)))
    return cases


def _leaks(unseen: list[Spot], known: Texts, rng: random.Random) -> Iterator[Case]:
    for kind, plant in PLANTS.items():
        for part in (False, True):
            mine = [spot for spot in unseen if half(spot.chat) == part]
            seen: Counter[str] = Counter()
            made = 0
            for spot in rng.sample(mine, len(mine)):
                if made == PER_KIND // 2 or seen[spot.chat] > 1:
                    continue
                if found := plant(spot, known, rng):
                    made, seen[spot.chat] = made + 1, seen[spot.chat] + 1
                    changed, words, new = found
                    yield _case(kind, True, changed, new, words)


def _cleans(unseen: list[Spot], every: list[Spot], rng: random.Random) -> Iterator[Case]:
    elsewhere, near = Elsewhere(every), Neighbours(every)
    made: Counter[tuple[str, bool]] = Counter()
    for spot in rng.sample(unseen, len(unseen)):
        for kind, new in _clean(spot, elsewhere, near, rng):
            key = kind, half(spot.chat)
            if made[key] < PER_KIND // 2 * 3 // 2:
                made[key] += 1
                yield _case(kind, False, spot, new)


def _case(kind: str, leak: bool, spot: Spot, new: str, words: str = "") -> Case:
    return Case(
        kind, spot.language, leak, half(spot.chat), spot.old, new, spot.before, spot.later, words
    )


def _spot_of(case: Case) -> Spot:
    return Spot(case.before[0], case.language, case.before, case.old, case.later)


def _as_sharegpt(chains: list[dict]) -> list[dict]:
    """The longest chats of a data set that repeats the turns before in `history`."""
    longest: dict[str, dict] = {}
    for record in chains:
        pairs = [*record["history"], (record["instruction"] + record.get("input", ""),
                                      record["output"])]  # fmt: skip
        turns = [
            {"from": role, "value": text}
            for pair in pairs
            for role, text in zip(("human", "gpt"), pair, strict=True)
        ]
        key = pairs[0][0]
        if len(turns) > len(longest.get(key, {"conversations": ()})["conversations"]):
            longest[key] = {"id": f"chain {key}", "conversations": turns}
    return list(longest.values())


def _messages(files: dict[str, Path]) -> list[dict]:
    """Chats of two preference sets that nothing was tuned on."""
    found = []
    for name in ("kto", "dpo"):
        for i, record in enumerate(read(files[name])):
            turns = record.get("messages") or record["conversations"]
            said = [
                {"from": _SPEAKER[t.get("role") or t["from"]], "value": t.get("content")
                 or t["value"]} for t in turns
            ]  # fmt: skip
            found.append({"id": f"{name} {i}", "conversations": said})
    return found


_SPEAKER = {"user": "human", "human": "human", "assistant": "gpt", "gpt": "gpt",
            "system": "system"}  # fmt: skip
