"""A rewrite held against a reference text, English and Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.signals.reference import coverage, look, strays

TOWER = (
    "The Eiffel Tower in Paris was built by the company of Gustave Eiffel from 1887 to 1889 as the "
    "entrance of the World's Fair. It is 330 metres tall and weighs 10,100 tonnes."
)
塔 = (
    "埃菲尔铁塔位于法国巴黎，由居斯塔夫·埃菲尔的公司于1887年至1889年建造，高330米。"
    "著作《三百米塔》记述了它。"
)


@pytest.mark.parametrize(
    ("new", "what"),
    [
        ("It was built from 1887 to 1893.", ["1893"]),
        ("It weighs 10100 tonnes and was built by Gustave Eiffel.", []),
        ("It weighs 10,200 tonnes.", ["10,200"]),
        ("The tower was designed by Stephen Sauvestre in Paris.", ["Stephen Sauvestre"]),
        ("It belongs to UNESCO now.", ["UNESCO"]),
        ("See https://example.org/tower for more.", ["example.org/tower"]),
        ("It is tall, and Very old things are in it.", ["Very"]),
    ],
)
def test_what_the_reference_does_not_say_is_found_where_it_stands(new, what):
    found = strays(new, TOWER)
    assert [s.what for s in found] == what
    assert all(new[s.start : s.end] == s.what for s in found)


@pytest.mark.parametrize(
    ("new", "what"),
    [
        ("铁塔建于1887年至1889年，高330米。", []),
        ("铁塔建于1987年。", ["1987"]),
        ("它由柏林大学设计。", ["柏林大学"]),
        ("《三百米塔》写到过它。", []),
        ("《铁塔之歌》写到过它。", ["铁塔之歌"]),
        ("很多大学都研究过它，每个城市场景不同。", []),
    ],
)
def test_the_same_in_chinese(new, what):
    found = strays(new, 塔)
    assert [s.what for s in found] == what
    assert all(new[s.start : s.end] == s.what for s in found)


def test_what_the_chat_said_before_needs_no_reference():
    new = "Yes, Anna, the tower in Paris is 25 km away, 330 metres tall."
    assert look(new, TOWER, "I am Anna, 25 km away").flagged is False
    assert look(new, TOWER).value == 2


def test_a_note_quotes_what_is_strange_with_its_place():
    found = look("Built in 1999.", TOWER)
    assert found.value == 1
    assert found.flagged
    assert "“1999” (9–13)" in found.note


def test_a_rewrite_about_something_else_is_flagged():
    found = look("Bread needs flour, water, salt, yeast and a warm oven.", TOWER)
    assert found.flagged
    assert "key words" in found.note
    assert look("面包需要面粉、水和盐，再放进烤箱。", 塔).flagged


def test_one_that_takes_up_the_reference_is_fine_and_its_share_is_told():
    found = look(
        "The tower was built by the company of Gustave Eiffel for the World's Fair.", TOWER
    )
    assert not found.flagged
    assert "of the reference's key words" in found.note
    assert coverage(塔, 塔) == (1.0, coverage(塔, 塔)[1])


@given(st.text(max_size=200))
def test_a_text_bears_out_itself(text):
    assert strays(text, text) == []
    assert coverage(text, text)[0] == 1.0


@given(st.text(max_size=200), st.text(max_size=200))
def test_every_stray_stands_where_it_is_said_to_stand(new, known):
    for stray in strays(new, known):
        assert 0 <= stray.start < stray.end <= len(new)
