import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.filters import complete, parse
from curator.filters.completing import apply
from curator.filters.fields import FIELDS
from curator.filters.nodes import All

VALUES = {
    "lang": ["en", "zh"],
    "source": ["my chats.jsonl", "a.json"],
    "signals": ["leak", "length-ratio", "refusal"],
    "tag": ["math", "mad"],
}


def offered(text, cursor=None):
    return [offer.text for offer in complete(text, len(text) if cursor is None else cursor, VALUES)]


def taken(text, cursor=None):
    offers = complete(text, len(text) if cursor is None else cursor, VALUES)
    return apply(text, offers[0])


def test_nothing_typed_offers_every_field():
    assert len(complete("", 0, VALUES, limit=100)) == len(FIELDS)


def test_a_beginning_offers_names_with_their_sign():
    assert offered("ro") == ["role:"]
    assert offered("turn") == ["turns>", "turn>"]
    assert offered("lang:en lea") == ["leak>"]
    assert offered("langu") == ["lang:"]


def test_values_come_from_what_there_is():
    assert offered("lang:") == ["en", "zh"]
    assert offered("lang:z") == ["zh"]
    assert offered("role:a") == ["assistant"]
    assert offered("-flag:") == ["yes", "no"]
    assert offered("signal:re") == ["refusal"]


def test_a_value_with_a_blank_is_quoted():
    assert taken("source:my") == ('source:"my chats.jsonl"', 23)
    assert offered('source:"my ch') == ['"my chats.jsonl"']


def test_the_last_of_several_values_is_completed():
    assert taken("lang:en,z") == ("lang:en,zh", 10)


@pytest.mark.parametrize("before", ["(", "-", "a or ", "not ", "(a -"])
def test_names_are_offered_wherever_a_condition_may_stand(before):
    assert offered(f"{before}tag:ma") == ["math", "mad"]
    assert offered(f"{before}ro") == ["role:"]


def test_the_middle_of_a_line_is_completed_too():
    assert taken("ro tag:math", 2) == ("role: tag:math", 5)


def test_inside_a_quoted_word_nothing_is_offered():
    assert offered('"ro') == []


@given(st.text(), st.integers(0, 20))
def test_completing_never_fails(text, cursor):
    for offer in complete(text, min(cursor, len(text)), VALUES):
        assert 0 <= offer.start <= offer.end <= len(text)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_is_offered_by_its_name_with_a_sign_of_its_own(field):
    signs = (f"{field.name}:", f"{field.name}>", f"{field.name}>=")
    (name,) = (offer for offer in offered(field.name) if offer in signs)
    value = field.example.lstrip("-").removeprefix(field.name).lstrip(":<>=").split("..")[0]
    assert parse(f"{name}{value}").root != All()
