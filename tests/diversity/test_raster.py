"""Dots on cells."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.diversity import raster


def draw(x, y, codes, view, first=-1):
    return raster.draw(raster.placed(x, y, view), codes, view, first)


def drawn(x, y, codes=None, columns=10, rows=5):
    x, y = np.array(x, np.float32), np.array(y, np.float32)
    codes = np.zeros(len(x), np.int64) if codes is None else np.array(codes)
    view = raster.View(0, 0, 2, columns, rows)
    return draw(x, y, codes, view), view


def test_each_dot_of_a_cell_has_its_bit():
    view = raster.View(0, 0, 2, 1, 1)
    # Two dots across and four down: the left top one is bit 0, the right bottom one bit 7.
    x = np.array([-0.5, 0.5], np.float32)
    y = np.array([view.height / 2 - 0.1, -view.height / 2 + 0.1], np.float32)
    frame = draw(x[:1], y[:1], np.zeros(1, int), view)
    assert chr(0x2800 + int(frame.bits[0, 0])) == "⠁"
    frame = draw(x[1:], y[1:], np.zeros(1, int), view)
    assert chr(0x2800 + int(frame.bits[0, 0])) == "⢀"


def test_a_cell_has_the_colour_of_most_of_its_points_and_the_lit_one_wins():
    frame, view = drawn([0.01] * 3, [-0.01] * 3, [1, 1, 0])
    column, row = view.cell(0.01, -0.01)
    assert frame.codes[row, column] == 1
    assert frame.counts[row, column] == 3
    lit = draw(
        np.full(3, 0.01, np.float32), np.full(3, -0.01, np.float32), np.array([1, 1, 0]), view, 0
    )
    assert lit.codes[row, column] == 0


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), max_size=40))
@settings(max_examples=60, deadline=None)
def test_every_point_in_sight_is_drawn_and_none_outside(points):
    x, y = ([p[axis] for p in points] for axis in (0, 1))
    frame, view = drawn(x, y)
    inside = 0
    for px, py in zip(np.array(x, np.float32), np.array(y, np.float32), strict=True):
        column, row = view.cell(float(px), float(py))
        inside += 0 <= column < view.columns and 0 <= row < view.rows
    assert abs(int(frame.counts.sum()) - inside) <= 1  # a point on the very edge may round away
    assert ((frame.bits > 0) == (frame.counts > 0)).all()


@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 9), st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_zooming_keeps_the_place_under_the_cursor(x, y, column, row):
    view = raster.View(x, y, 2, 10, 5)
    nearer = view.zoomed(1.5, column, row)
    assert np.allclose(view.place(column, row), nearer.place(column, row), atol=1e-6)
    assert nearer.cell(*nearer.place(column, row)) == (column, row)


def test_the_whole_map_holds_all_points():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 500)).astype(np.float32)
    view = raster.whole(x, y, 30, 12)
    assert draw(x, y, np.zeros(500, int), view).counts.sum() == 500


def test_nothing_is_drawn_of_nothing():
    nothing = np.zeros(0, np.float32)
    view = raster.whole(nothing, nothing, 30, 12)
    assert draw(nothing, nothing, nothing.astype(int), view).bits.sum() == 0
    assert raster.nearest(nothing, nothing, (0, 0)) == -1


def test_a_point_whose_place_is_no_number_is_nowhere_and_hides_no_other():
    x, y = np.array([np.nan, 0.2, 0.4], np.float32), np.array([0, 0.1, np.nan], np.float32)
    view = raster.whole(x, y, 30, 12)
    assert draw(x, y, np.zeros(3, int), view).counts.sum() == 1
    assert raster.nearest(x, y, (0, 0)) == 1
    nowhere = np.full(2, np.nan, np.float32)
    view = raster.whole(nowhere, nowhere, 30, 12)
    assert draw(nowhere, nowhere, np.zeros(2, int), view).counts.sum() == 0


def test_a_box_holds_the_points_whose_cells_are_in_it():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 300)).astype(np.float32)
    view = raster.View(0, 0, 2, 12, 6)
    found = set(raster.inside(raster.placed(x, y, view), view, (2, 5, 1, 3)).tolist())
    for row in range(300):
        column, line = view.cell(float(x[row]), float(y[row]))
        assert (row in found) == (2 <= column <= 5 and 1 <= line <= 3)
