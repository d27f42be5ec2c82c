"""Columns are what `pyarrow.array` would have made of the same values."""

import subprocess
import sys
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.store.arrow import column, table

integers = st.integers(-(2**63), 2**63 - 1)


@given(
    st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"])))
    | st.lists(st.none() | integers)
    | st.lists(st.none() | st.booleans())
    | st.lists(st.none() | st.floats(allow_nan=False))
)
@settings(deadline=None)
def test_a_column_has_the_values_in_their_order(values: list[Any]) -> None:
    found = column(values)
    found.validate(full=True)
    assert found.to_pylist() == values
    assert found.type in (pa.array(values).type, pa.large_string())


@pytest.mark.parametrize("values", [[1, 2.5], [b"a"], [datetime(2020, 1, 1)], (1, None)])
def test_what_is_not_of_the_commonest_kinds_is_left_to_pyarrow(values: Any) -> None:
    assert column(values) == pa.array(values)


@pytest.mark.parametrize("kind", [np.int8, np.int32, np.int64, np.float32, np.bool_])
def test_arrays_become_columns_of_their_own_kind(kind: Any) -> None:
    values = np.array([0, 1, 1, 0, 1, 0], kind)
    for part in (values, values[1:4], values[::2]):
        assert column(part) == pa.array(part)


def test_arrow_columns_stay_what_they_are() -> None:
    chunked = pa.chunked_array([pa.array([1]), pa.array([2])])
    found = table({"a": chunked, "b": pa.array(["x", "y"])})
    assert found == pa.table({"a": chunked, "b": ["x", "y"]})


def test_pandas_is_not_loaded_for_common_values() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from curator.store.arrow import table\n"
            "table({'a': ['x', None], 'b': [1, 2], 'c': [None, None]})\n"
            "sys.exit('pandas' in sys.modules)",
        ],
        check=False,
        timeout=300,
    )
    assert done.returncode == 0
