"""Pieces of cut chats find each other, and rows that only look like pieces stay apart."""

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.formats.joining import Joiner, looks_split


def piece(id_: str, *words: str, first: str = "user") -> Conversation:
    roles = ("user", "assistant") if first == "user" else ("assistant", "user")
    turns = tuple(Turn(roles[n % 2], word) for n, word in enumerate(words))  # type: ignore[arg-type]
    return Conversation(turns, Origin("f", 1, "sharegpt", id_))


def given(*chats: Conversation, held: int = 1000) -> list[tuple[str, list[int]]]:
    """The words of the chats that come out, with the numbers of the pieces they were made of."""
    joiner: Joiner[int] = Joiner(held)
    found = [one for n, chat in enumerate(chats) for one in joiner.put(chat, n)]
    found += joiner.rest()
    assert sorted(tag for _, tags in found for tag in tags) == list(range(len(chats)))
    return [("".join(t.content for t in chat.turns), tags) for chat, tags in found]


def test_pieces_are_joined_in_whatever_order_they_stand() -> None:
    one, two, three = piece("x_0", "a", "b"), piece("x_2", "c", "d"), piece("x_4", "e")
    other = piece("y_0", "z")
    assert given(three, other, one, two) == [("abcde", [2, 3, 0]), ("z", [1])]
    assert given(one, two, three, other) == [("abcde", [0, 1, 2]), ("z", [3])]


def test_turns_shared_at_the_seam_and_pieces_given_twice_are_there_once() -> None:
    one, two = piece("x_0", "a", "b", "c"), piece("x_2", "c", "d")
    assert given(one, two, one, piece("x_1", "b", first="assistant")) == [("abcd", [0, 2, 3, 1])]


def test_a_piece_after_a_gap_stays_a_chat_of_its_own() -> None:
    assert given(piece("x_0", "a", "b"), piece("x_6", "c", "d")) == [("ab", [0]), ("cd", [1])]


def test_numbers_that_contradict_each_other_are_no_places() -> None:
    """Else every second row of a counted set would be glued to the one before it."""
    rows = [piece(f"row_{n}", f"q{n}", f"a{n}") for n in (0, 1, 2, 4, 6)]
    assert [tags for _, tags in given(*rows)] == [[0], [1], [2], [3], [4]]


def test_two_turns_of_one_speaker_are_no_seam() -> None:
    assert len(given(piece("x_0", "a"), piece("x_1", "b"))) == 2


def test_what_waits_is_bounded_and_the_oldest_chat_is_given_first() -> None:
    chats = [piece(f"x{n}_0", "a" * 40) for n in range(5)]
    joiner: Joiner[int] = Joiner(100)
    early = [tags for n, chat in enumerate(chats) for _, tags in joiner.put(chat, n)]
    assert early == [[0], [1], [2]]
    assert [tags for _, tags in joiner.rest()] == [[3], [4]]


@pytest.mark.parametrize(
    ("ids", "split"),
    [
        (["k_0", "k_2", "z_0"], True),
        (["k_2", "z_0", "k_0"], True),
        (["a_0", "b_12", "c_4"], True),
        ([f"seed_task_{n}" for n in range(50)], False),
        ([f"{kind}_{n}" for kind in "ab" for n in range(20)], False),
        (["chat-1", "chat-2"], False),
        (["a_0", *(f"id {n}" for n in range(20))], False),
        ([], False),
    ],
)
def test_ids_say_whether_chats_were_cut(ids: list[str], split: bool) -> None:
    assert looks_split(ids) is split
