"""Real chats in, cases out: the same files give the same cases."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter, defaultdict
from hashlib import blake2b
from pathlib import Path

import msgspec

from benchmarks.leaks.wording import FACT, FUTURE, LOOSE, ORDINARY, SAME, WISH

PER_PLANT, PER_CLEAN, PER_ALTERNATIVE = 60, 90, 230
ROLES = {"human": "user", "user": "user", "system": "system"}
PIECE = {
    "english": re.compile(r"[^.!?\n]+(?:[.!?]+(?=\s|$)|\n+|$)\s*"),
    "chinese": re.compile(r"[^。！？\n]+(?:[。！？]+|\n+|$)\s*"),
}
COMMON = frozenset(
    re.findall(
        r"\S+",
        "the and for that with this from your have will what when where which would could should"
        " there their about into also just like make more some than then they them want need"
        " please give tell write using used does don't can't how why who are was were been being"
        " very much many most other another good great okay thanks thank sure yes continue"
        " generate rewrite explain provide create describe summarize list show add change answer"
        " question next more same again",
    )
)
FUNCTION = (
    r"[^\u4e00-\u9fff]+|"
    r"[的了是我你您他她它们在和与或把被吗呢吧请给一个这那有不就都也很能会要想让对]"
)
NAME = {
    "english": re.compile(
        r"(?<=[a-z,] )[A-Z][A-Za-z]{3,}(?: [A-Z][a-z]{2,})?|\b[a-z]+[A-Z_]\w{3,}"
    ),
    "chinese": re.compile(
        r"(?<![\w/.:])[A-Z][A-Za-z0-9+#]{2,}(?: [A-Z][a-z]+)?(?![\w/.:])|《[^》]{2,15}》"
    ),
}
NUMBER = {
    "english": re.compile(r"\b\d[\d,.]*\d%? [a-z]{4,}\b|\$\d[\d,.]*\d"),
    "chinese": re.compile(r"\d[\d,.]*\d%?[\u4e00-\u9fff]"),
}
SAYS_I = {
    "english": re.compile(
        r"\b(I (?:am|work|live|have|want|need|like|use|prefer|only|already|don't|do not|can't|am"
        r" not)"
        r" [^.?!,;\n]{12,80})", re.I,
    ),
    "chinese": re.compile(r"(我(?:是|在|有|想|要|需要|喜欢|用|只|已经|不|没有|希望|正在"
                          r"|必须)[^。！？，,；\n]{4,30})"),
}  # fmt: skip


#: A word that the data writes more often than this says nothing about a chat.
EVERYDAY = 250
#: How often the data writes a word in lower case in the midst of others, and a run of Chinese.
_plain: Counter[str] = Counter()


class Case(msgspec.Struct, frozen=True):
    """One rewrite: is it a leak, of which kind, in which part of the set."""

    kind: str
    language: str
    leak: bool
    test: bool
    old: str
    new: str
    before: tuple[str, ...]
    later: tuple[tuple[str, str], ...]
    planted: str = ""


class Spot(msgspec.Struct, frozen=True):
    """An answer in a real chat that has a later user turn."""

    chat: str
    language: str
    before: tuple[str, ...]
    old: str
    later: tuple[tuple[str, str], ...]

    @property
    def known(self) -> str:
        return "\n".join((*self.before, self.old)).lower()

    @property
    def test(self) -> bool:
        """The part of the set: by chat, so that no chat is in both."""
        return blake2b(self.chat.encode()).digest()[0] % 2 == 1

    @property
    def wishes(self) -> list[str]:
        return [text for role, text in self.later if role == "user"]


def read(path: Path) -> list[dict]:
    """The records of a JSON or JSON lines file, plain or gzip."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def spots(records: list[dict], language: str) -> list[Spot]:
    """The answers of ShareGPT records that are in this language and have a later user turn."""
    found = []
    for record in records:
        turns = [
            (ROLES.get(t["from"], "assistant"), t["value"].strip()) for t in record["conversations"]
        ]
        for i, (role, text) in enumerate(turns[:-1]):
            later = tuple(turns[i + 1 : i + 9])
            if role == "assistant" and 60 < len(text) < 6000 and i and later[0][0] == "user":
                han = sum("\u4e00" <= sign <= "\u9fff" for sign in text) / len(text)
                if (han > 0.3) == (language == "chinese") and (han < 0.02 or han > 0.3):
                    before = tuple(t for _, t in turns[:i])
                    chat = record["id"].split("_")[0]
                    found.append(Spot(chat, language, before, text, later))
    return found


def pieces(text: str, language: str) -> list[str]:
    """The sentences of a text, each with what follows it."""
    return PIECE[language].findall(text) or [text]


def reworded(text: str, language: str, rng: random.Random) -> str:
    """Everyday words for everyday words."""
    for word, other in SAME[language]:
        if rng.random() < 0.7:
            edge = r"\b" if language == "english" else ""
            text = re.sub(edge + word + edge, other, text)
    return text


def edited(spot: Spot, rng: random.Random) -> str:
    """The original with sentences dropped, reworded, and an ordinary one added."""
    found = pieces(spot.old, spot.language)
    if len(found) > 3:
        del found[rng.randrange(1, len(found))]
    if len(found) > 4 and rng.random() < 0.4:
        i = rng.randrange(1, len(found) - 1)
        found[i], found[i + 1] = found[i + 1], found[i]
    for _ in range(rng.choice((0, 1, 2))):
        found.insert(rng.choice((0, len(found))), rng.choice(ORDINARY[spot.language]) + " ")
    return reworded("".join(found), spot.language, rng)


def framed(frames: dict, spot: Spot, rng: random.Random, *values: str) -> str:
    mine = frames[spot.language][1 if spot.test else 0 :: 2]
    return rng.choice(mine).format(*values)


def only_later(pattern: re.Pattern, spot: Spot) -> list[str]:
    """What the pattern finds in later user turns and the chat so far does not say."""
    return [
        found.strip()
        for text in spot.wishes
        for found in pattern.findall(text[:1500])
        if found.strip().lower() not in spot.known and found.strip().lower() not in COMMON
    ]


def content(text: str, language: str) -> list[str]:
    """Words that carry meaning (for Chinese: runs between function characters)."""
    if language == "english":
        return [
            w for w in re.findall(r"[A-Za-z][a-z]{3,}(?![\w'’])", text) if w.lower() not in COMMON
        ]
    runs = re.split(
        r"[^\u4e00-\u9fff]+"
        r"|[的了是我你您他她它们在和与或把被吗呢吧请给一个这那有不就都也很能会要想让对]",
        text,
    )
    return [run for run in runs if 2 <= len(run) <= 5]


def plant_name(spot: Spot, rng: random.Random) -> str | None:
    """A name, a title or a code name: nothing that the data also writes as a plain word."""
    found = [
        name for name in only_later(NAME[spot.language], spot)
        if not any(_plain[word.lower()] > 2 for word in re.findall("[A-Za-z]+", name))
    ]  # fmt: skip
    return framed(FACT, spot, rng, rng.choice(found)) if found else None


def plant_number(spot: Spot, rng: random.Random) -> str | None:
    found = [
        f for f in only_later(NUMBER[spot.language], spot)
        if re.findall(r"\d+", f)[0] not in re.findall(r"\d+", spot.known)
    ]  # fmt: skip
    return framed(FACT, spot, rng, rng.choice(found)) if found else None


def plant_phrase(spot: Spot, rng: random.Random) -> str | None:
    for text in spot.wishes:
        for piece in pieces(text[:800], spot.language):
            words = piece.split() if spot.language == "english" else list(piece.strip("。！？\n "))
            size = 6 if spot.language == "english" else 9
            if len(words) < size:
                continue
            start = rng.randrange(len(words) - size + 1)
            joint = " " if spot.language == "english" else ""
            phrase = joint.join(words[start : start + size]).strip(" ,.，")
            fresh = [w for w in content(phrase, spot.language) if w.lower() not in spot.known]
            if len(fresh) >= 2:
                return framed(FACT, spot, rng, phrase)
    return None


def plant_wish(spot: Spot, rng: random.Random) -> str | None:
    """What the user says of himself later, said back to him too early."""
    for said in only_later(SAYS_I[spot.language], spot):
        fresh = [w for w in content(said, spot.language) if w.lower() not in spot.known]
        if len(fresh) >= 2:
            return framed(WISH, spot, rng, _as_you(said, spot.language))
    return None


def _as_you(said: str, language: str) -> str:
    if language == "chinese":
        return said.replace("我们", "你们").replace("我", "您")
    said = re.sub(r"^I am\b", "you are", said, flags=re.I)
    for mine, yours in (("I", "you"), ("my", "your"), ("me", "you"), ("mine", "yours")):
        said = re.sub(rf"\b{mine}\b", yours, said)
    return re.sub(r"^i\b", "you", said)


def plant_paraphrase(spot: Spot, rng: random.Random) -> str | None:
    """Half of the words that carry a later wish, in another order and another form."""
    for text in spot.wishes:
        for piece in pieces(text[:800], spot.language):
            fresh = [
                w for w in content(piece, spot.language)
                if w.lower() not in spot.known and _plain[w.lower()] < EVERYDAY
            ]  # fmt: skip
            fresh = list(dict.fromkeys(fresh))
            if len(fresh) < 4:
                continue
            kept = rng.sample(fresh, max(3, len(fresh) // 2))[:5]
            if spot.language == "english":
                kept = [_inflected(word.lower(), rng) for word in kept]
                return framed(LOOSE, spot, rng, ", ".join(kept[:-1]) + " and " + kept[-1])
            return framed(LOOSE, spot, rng, "、".join(kept[:-1]) + "和" + kept[-1])
    return None


def _inflected(word: str, rng: random.Random) -> str:
    if word.endswith("s"):
        return word[:-1] if not word.endswith("ss") else word
    return rng.choice((word, word + "s", f"the {word}"))


def plant_answer(spot: Spot, rng: random.Random) -> str | None:
    """The answer to a question that is asked later, reworded, with words left out."""
    for (role, asked), (other, answer) in zip(spot.later[::1], spot.later[1:], strict=False):
        if role != "user" or other != "assistant" or len(asked) > 400:
            continue
        fresh = [w for w in content(asked, spot.language) if w.lower() not in spot.known]
        long = [
            p for p in pieces(answer, spot.language)
            if len(p) > (70 if spot.language == "english" else 24)
            and len([w for w in content(p, spot.language) if w.lower() not in spot.known]) >= 4
        ]  # fmt: skip
        if len(fresh) >= 2 and long:
            taken = reworded(rng.choice(long[:4]).strip(), spot.language, rng)
            if spot.language == "chinese":
                return re.sub("[的了是都也就]", lambda m: m[0] * (rng.random() > 0.4), taken)
            return " ".join(word for word in taken.split(" ") if rng.random() > 0.1)
    return None


def plant_future(spot: Spot, rng: random.Random) -> str | None:
    return framed(FUTURE, spot, rng)


PLANTS = {
    "name": plant_name, "number": plant_number, "phrase": plant_phrase, "wish": plant_wish,
    "paraphrase": plant_paraphrase, "answer": plant_answer, "future": plant_future,
}  # fmt: skip


def planted(found: list[Spot], rng: random.Random) -> list[Case]:
    """Leaks of every kind, each put somewhere into an edited original."""
    cases = []
    for kind, make in PLANTS.items():
        order = rng.sample(found, len(found))
        chats: set[str] = set()
        for spot in order:
            if len(chats) == PER_PLANT:
                break
            if spot.chat not in chats and (sentence := make(spot, rng)):
                chats.add(spot.chat)
                body = pieces(edited(spot, rng), spot.language)
                body.insert(rng.randrange(len(body) + 1), sentence + " ")
                cases.append(
                    Case(
                        kind, spot.language, True, spot.test, spot.old, "".join(body),
                        spot.before, spot.later, sentence,
                    )
                )  # fmt: skip
    return cases


def clean(found: list[Spot], rng: random.Random) -> list[Case]:
    """Rewrites that know nothing: edits, expansions from elsewhere, answers of other chats."""
    sentences = defaultdict(list)
    for spot in found:
        for piece in pieces(spot.old, spot.language)[:12]:
            for word in set(content(piece.lower(), spot.language)):
                sentences[word].append((spot.chat, piece.strip()))
    cases = []
    near = Neighbours(found)
    for make in (_edit, _expansion, _neighbour):
        chats: set[str] = set()
        for spot in rng.sample(found, len(found)):
            if len(chats) == PER_CLEAN:
                break
            if spot.chat not in chats and (made := make(spot, sentences, near, rng)):
                chats.add(spot.chat)
                kind, old, new = made
                cases.append(
                    Case(kind, spot.language, False, spot.test, old, new, spot.before, spot.later)
                )
    return cases


def _edit(spot: Spot, _: dict, __: Neighbours, rng: random.Random) -> tuple[str, str, str]:
    return "edit", spot.old, edited(spot, rng)


def _expansion(
    spot: Spot, sentences: dict, _: Neighbours, rng: random.Random
) -> tuple[str, str, str] | None:
    """Sentences that other chats say on words that are in the question and in a later turn."""
    asked = set(content(" ".join(spot.before[-1:]).lower(), spot.language))
    later = set(content(" ".join(spot.wishes).lower(), spot.language))
    topics = [w for w in sorted(asked & later) if 2 < len(sentences[w]) < 400]
    others = [s for w in topics for c, s in sentences[w] if c != spot.chat and len(s) > 30]
    if len(others) < 3:
        return None
    return "expansion", spot.old, edited(spot, rng) + " " + " ".join(rng.sample(others, 3))


def _neighbour(
    spot: Spot, _: dict, near: Neighbours, __: random.Random
) -> tuple[str, str, str] | None:
    """Another chat's whole answer on the nearest subject there is."""
    other = near.nearest(spot)
    return ("neighbour", spot.old, other) if other else None


class Neighbours:
    """For an answer, the answer of another chat that shares most of its rare words."""

    def __init__(self, found: list[Spot]) -> None:
        self.spots = found
        self.words = [_content_of(spot) for spot in found]
        self.holding: dict[str, list[int]] = defaultdict(list)
        for i, words in enumerate(self.words):
            for word in words:
                self.holding[word].append(i)

    def nearest(self, spot: Spot) -> str | None:
        """Its text; None where nobody speaks of the same, or only somebody who was asked what is
        asked later here (then it does answer a later question)."""
        points: dict[int, float] = defaultdict(float)
        for word in _content_of(spot):
            holders = self.holding[word]
            if 1 < len(holders) < 200:
                for i in holders:
                    points[i] += 1 / len(holders) ** 0.5
        asked = [set(content(text.lower(), spot.language)) for text in spot.wishes]
        opening = spot.before[0]
        for i in sorted(points, key=lambda i: (-points[i], i))[:20]:
            other = self.spots[i]
            question = set(content(other.before[-1].lower(), spot.language))
            again = any(len(question & a) > 0.5 * max(1, min(len(question), len(a))) for a in asked)
            if other.chat != spot.chat and other.before[0] != opening and not again:
                return other.old if other.old != spot.old else None
        return None


def _content_of(spot: Spot) -> set[str]:
    return set(content(f"{spot.before[-1]} {spot.old}".lower(), spot.language))


def alternatives_english(records: list[dict]) -> list[Case]:
    """Another answer to the same first question, given in another chat."""
    asked = defaultdict(list)
    for spot in spots(records, "english"):
        if len(spot.before[-1]) > 25:
            asked[re.sub(r"\W+", " ", spot.before[-1].lower()).strip()].append(spot)
    for record in records:
        turns = record["conversations"]
        if len(turns) > 1 and ROLES.get(turns[0]["from"]) == "user":
            key = re.sub(r"\W+", " ", turns[0]["value"].lower()).strip()
            if key in asked and record["id"].split("_")[0] not in {s.chat for s in asked[key]}:
                other = turns[1]["value"].strip()
                asked[key].append(Spot(record["id"], "english", (key,), other, ()))
    cases = []
    for group in asked.values():
        for spot in group:
            for other in group:
                same = spot.before[:-1] == other.before[:-1] or len(spot.before) == 1
                if same and spot.later and other.chat != spot.chat and other.old != spot.old:
                    cases.append(_alternative(spot, other.old))
    return cases


def alternatives_chinese(ranked: list[dict], chains: list[dict]) -> list[Case]:
    """Another person's answer to the same question, from a ranked data set."""
    answers = {(_history(r), _question(r)): r["output"] for r in ranked}
    seen = set()
    cases = []
    for record in chains:
        pairs = [*_history(record), (_question(record), record["output"])]
        for i in range(len(pairs) - 1):
            key = (tuple(pairs[:i]), pairs[i][0])
            before = (*(text for pair in pairs[:i] for text in pair), pairs[i][0])
            later = tuple(
                turn for q, a in pairs[i + 1 :] for turn in (("user", q), ("assistant", a))
            )
            for other in answers.get(key, ()):
                if other != pairs[i][1] and len(other) > 20 and (key, other) not in seen:
                    seen.add((key, other))
                    spot = Spot(pairs[0][0], "chinese", before, pairs[i][1], later)
                    cases.append(_alternative(spot, other))
    return cases


def _alternative(spot: Spot, other: str) -> Case:
    return Case(
        "alternative", spot.language, False, spot.test, spot.old, other, spot.before, spot.later
    )


def _history(record: dict) -> tuple[tuple[str, str], ...]:
    return tuple((q, a) for q, a in record["history"])


def _question(record: dict) -> str:
    return record["instruction"] + record.get("input", "")


def build(english: Path, chinese: Path, ranked: Path, chains: Path, seed: int = 20) -> list[Case]:
    """All the cases. Raises when a file cannot be read."""
    rng = random.Random(seed)
    cases: list[Case] = []
    _plain.clear()
    for record in read(english):
        for turn in record["conversations"]:
            _plain.update(re.findall(r"(?<=[a-z,] )[a-z]{2,}(?= [a-z])", turn["value"]))
    for record in read(chinese):
        for turn in record["conversations"]:
            # The Chinese file is eight times smaller.
            for run in set(content(turn["value"], "chinese")):
                _plain[run] += 8
    for path, language in ((english, "english"), (chinese, "chinese")):
        found = spots(read(path), language)
        cases += planted(found, rng) + clean(found, rng)
    for made in (
        alternatives_english(read(english)),
        alternatives_chinese(read(ranked), read(chains)),
    ):
        cases += rng.sample(made, min(PER_ALTERNATIVE, len(made)))
    return cases
