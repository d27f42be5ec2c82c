"""Filters drawn at random, with values that a small workspace may have."""

from datetime import date

from hypothesis import strategies as st

from curator.filters.fields import FIELDS
from curator.filters.nodes import All, Any, Between, Compares, Filter, Is, Not, Value, Words

#: Values that the workspaces of the tests have, and some that they have not.
KNOWN = {
    "source": ("a.jsonl", "B b.jsonl", "100%_x"),
    "format": ("sharegpt", ""),
    "lang": ("en", "ZH", ""),
    "license": ("mit", ""),
    "category": ("a b", "math", ""),
    "tag": ("math", "Ärger", ""),
    "reviewer": ("ann", "bob", ""),
    "note": ("ask", ""),
    "model": ("m-1", "M-2"),
    "advice": ("", "shorter"),
    "signal": ("leak", "refusal"),
}
SIGNALS = ("leak", "refusal", "length-ratio")
NUMBERS = (0, 1, 2, 3, 5, 10, 0.5, 2.5)
DAYS = (date(2026, 1, 1), date(2030, 5, 5))
WORDS = ("sum", "two plus", "再算", "SUM 再", "?!", "plus two")
LEFT_OUT = ("cluster", "id", "made", "decided")


def _values(texts):
    plain = st.sampled_from(texts).map(Value)
    wild = st.sampled_from(texts).filter(bool).map(lambda t: Value(t[:1].strip() + "*", True))
    return st.lists(plain | wild, min_size=1, max_size=2, unique=True).map(tuple)


def _condition(field):
    if field.kind == "number":
        least = NUMBERS[0] if field.least is None else field.least
        numbers = [number for number in NUMBERS if number >= least]
        return _comparisons(field.name, st.sampled_from(numbers))
    if field.kind == "day":
        return _comparisons(field.name, st.sampled_from(DAYS))
    if field.kind == "text":
        return st.builds(Is, st.just(field.name), _values(KNOWN[field.name]))
    choices = st.sampled_from(field.choices or ("yes", "no")).map(Value)
    several = st.lists(choices, min_size=1, max_size=2, unique=True).map(tuple)
    return st.builds(Is, st.just(field.name), several)


def _comparisons(name, numbers):
    ends = st.tuples(st.none() | numbers, st.none() | numbers).filter(any_end)
    return st.builds(
        Compares, st.just(name), st.sampled_from((">", ">=", "<", "<=", "=")), numbers
    ) | ends.map(lambda ends: Between(name, *ends))


def any_end(ends):
    low, high = ends
    return (low is not None or high is not None) and not (
        low is not None and high is not None and low > high
    )


CONDITIONS = st.one_of(
    st.sampled_from(WORDS).map(Words),
    st.sampled_from(("su", "再", "plu")).map(lambda text: Words(text, prefix=True)),
    st.sampled_from(SIGNALS).flatmap(lambda n: _comparisons(n, st.sampled_from(NUMBERS))),
    *(_condition(field) for field in FIELDS if field.name not in LEFT_OUT),
)
NODES = st.recursive(
    CONDITIONS,
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: Any(tuple(parts)))
    ),
    max_leaves=6,
)
FILTERS = NODES.map(Filter)
