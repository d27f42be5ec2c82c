import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.filters import parse
from curator.filters.nodes import All, Any, Between, Compares, Node, Not
from curator.filters.recounting import from_one

#: Numbers that a turn of a chat of six may have.
TURNS = range(6)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("turn:0", "turn:1"),
        ("turn:3 length>2000", "turn:4 length>2000"),
        ("-turn>=2", "-turn>=3"),
        ("turn!=0", "turn!=1"),
        ("TURN：2", "TURN：3"),
        ("turn:..3", "turn:..4"),
        ("turn:1..3 turns:1..3", "turn:2..4 turns:1..3"),
        ("turn:-4..", "turn>=1"),
        ("turn>-1", "turn>=1"),
        ("turn<=-1", "turn<1"),
        ("turn:1k", "turn:1001"),
        ("not (turn:0 or turn:1)", "not (turn:1 or turn:2)"),
        ('"turn:0" turn:0', '"turn:0" turn:1'),
        ("“turn:0” turn:0", "“turn:0” turn:1"),
        ('"a \\" turn:0" turn:0', '"a \\" turn:0" turn:1'),
        ("source:turn:0*", "source:turn:0*"),
        ("return:0 turn:x", "return:0 turn:x"),
        ('tag:"turn:0', 'tag:"turn:0'),
        ("", ""),
    ],
)
def test_only_the_numbers_of_turns_move_on_by_one(before: str, now: str) -> None:
    assert from_one(before) == now


def test_who_counts_turns_from_0_is_told_where() -> None:
    with pytest.raises(Exception, match="turn counts from 1, as the screen does") as told:
        parse("lang:en turn:0..2")
    assert str(told.value).splitlines()[-1].index("^") == 2 + len("lang:en turn:")


def _finds(node: Node, turn: int) -> bool:
    """What a filter of nothing but numbers of turns says of one, in plain words."""
    if isinstance(node, Not):
        return not _finds(node.part, turn)
    if isinstance(node, All | Any):
        return (all if isinstance(node, All) else any)(_finds(part, turn) for part in node.parts)
    if isinstance(node, Between):
        low, high = node.low, node.high
        return (low is None or turn >= low) and (high is None or turn <= high)  # type: ignore[operator]
    assert isinstance(node, Compares)
    value: float = node.value  # type: ignore[assignment]
    return {
        ">": turn > value, ">=": turn >= value, "<": turn < value, "<=": turn <= value,
        "=": turn == value,
    }[node.sign]  # fmt: skip


NUMBERS = st.sampled_from(["-2", "-1", "0", "0.5", "1", "2", "3.0", "5", "1e0", "1k"])
CONDITIONS = st.builds(
    "{}{}".format, st.sampled_from([":", ">", ">=", "<", "<=", "!=", "≥", "＝"]), NUMBERS
) | st.builds(":{}..{}".format, st.sampled_from(["", "-2", "0"]), st.sampled_from(["1", "3"]))
FILTERS = st.recursive(
    CONDITIONS.map("turns{}".format),
    lambda inner: (
        inner.map("-({})".format)
        | st.builds("({}) ({})".format, inner, inner)
        | st.builds("({} or {})".format, inner, inner)
    ),
    max_leaves=4,
)


@given(FILTERS)
def test_the_same_turns_are_found_as_before(asked: str) -> None:
    """`turns` stands for `turn`, of which no more than 0 may be asked today."""
    now = parse(from_one(asked.replace("turns", "turn"))).root
    assert [_finds(parse(asked).root, turn) for turn in TURNS] == [
        _finds(now, turn + 1) for turn in TURNS
    ]
