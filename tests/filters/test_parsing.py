import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curator.filters import FilterError, beside, both, parse
from curator.filters.fields import FIELDS
from curator.filters.nodes import All, Any, Between, Compares, Filter, Is, Not, Value, Words
from tests.filters.asking import FILTERS


@given(FILTERS)
def test_a_filter_written_out_is_read_back_the_same(asked):
    assert parse(str(asked)) == asked


@given(st.text())
@example('a:"\\')
@example("-(" * 60)
def test_any_text_is_a_filter_or_an_error_that_points_into_it(text):
    asked, error = _parsed(text)
    if error is None:
        assert parse(str(asked)) == asked
    else:
        assert 0 <= error.column <= len(text)
        assert "\n" not in error.sentence


def _parsed(text):
    try:
        return parse(text), None
    except FilterError as error:
        return None, error


@given(st.text(min_size=1))
def test_any_text_in_quotes_is_searched_for_as_it_is(text):
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if text.strip():
        assert parse(quoted).root == Words(text)


def test_the_example_of_the_manual_means_what_it_says():
    asked = parse('role:assistant leak>0.3 -flag:yes (source:x* or category:"a b") turns:3..6 "hi"')
    assert asked.root == All(
        (
            Is("role", (Value("assistant"),)),
            Compares("leak", ">", 0.3),
            Not(Is("flag", (Value("yes"),))),
            Any((Is("source", (Value("x*", True),)), Is("category", (Value("a b"),)))),
            Between("turns", 3, 6),
            Words("hi"),
        )
    )


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_the_example_of_every_field_is_a_filter(field):
    assert parse(field.example).root != All()


def test_an_empty_filter_asks_nothing():
    assert parse("  ").everything
    assert str(parse("")) == ""


def test_signs_of_a_chinese_keyboard_are_signs():
    assert parse("lang：zh （“再算” or －flag：yes）") == parse('lang:zh ("再算" or -flag:yes)')


def test_one_condition_in_parentheses_stays_by_itself_among_others():
    assert parse("(role:user) (length>9)") != parse("role:user length>9")
    assert parse("(role:user) length>9") == parse("((role:user)) length>9")
    assert str(parse("(role:user) length>9")) == "(role:user) length>9"
    assert parse("((role:user))") == parse("role:user")
    assert parse("-(role:user) or (a)") == parse("-role:user or a")


def test_filters_stand_beside_each_other_as_if_they_were_typed_so():
    assert parse(beside("a", " ", "role:user turns>1")) == parse("a role:user turns>1")
    assert parse(beside("a or b", "role:user")) == parse("(a or b) role:user")
    assert beside("", "") == ""


def test_thousands_may_be_short():
    assert parse("length>2k turns<=1.5k").root == parse("length>2000 turns<=1500").root


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("lang:zh rol:user", 8, "did you mean role?"),
        ("role:asistant", 5, "did you mean assistant?"),
        ("turns>=many", 7, "'many' is no number"),
        ("leak>>0.3", 5, "'>0.3' is no number; write leak>0.5"),
        ("leak<abc", 5, "'abc' is no number; write leak>0.5"),
        ("turns:6..3", 6, "3..6"),
        ("made>yesterday", 5, "is no day"),
        ("a (b or c", 2, "never closed"),
        ("a b) c", 3, "never opened"),
        ('a "b c', 2, "never closed"),
        ("a or", 4, "missing"),
        ("lang:", 5, "as in lang:zh"),
        ("role>3", 4, "no number"),
        ("see http://x.org", 4, '"http://x.org"'),
        ('lang:"zh"x', 9, "a blank is missing"),
        ("- a", 0, "minus"),
        ("in*side", 0, "at the end"),
    ],
)
def test_an_error_points_at_its_column(text, column, says):
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert caught.value.column == column
    assert says in caught.value.sentence
    assert str(caught.value).splitlines()[-1] == " " * (column + 2) + "^"


def test_the_caret_stands_below_wide_signs_too():
    with pytest.raises(FilterError) as caught:
        parse("再算 rol:x")
    assert str(caught.value).splitlines()[-1] == " " * 2 + " " * 5 + "^"


def test_only_known_signals_may_be_compared_where_they_are_told():
    assert parse("leak>1", signals=["leak"]) == parse("leak>1")
    with pytest.raises(FilterError, match="did you mean leak"):
        parse("leek>1", signals=["leak"])


def test_two_filters_are_joined_so_that_both_must_hold():
    assert both("", "a or b") == "a or b"
    assert parse(both("a or b", "c")).root == All(
        (Any((Words("a"), Words("b"))), All((Words("c"),)))
    )
    assert parse(both("", " ")).everything


def test_the_same_value_twice_is_one():
    assert parse("lang:zh,zh") == Filter(Is("lang", (Value("zh"),)))
