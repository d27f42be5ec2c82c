"""Tables of Markdown: columns under each other, nothing lost, what changed still lit."""

from hypothesis import given
from hypothesis import strategies as st

from curator.tui.ink import BOLD, NEW, lay, width_of
from curator.tui.markup import markdown
from curator.tui.wrapping import wrap

TABLE = "So:\n| Name | 说明 |\n|:---|---:|\n| `sed` | 逐行读取文件 |\n| b | **two** words |\nEnd."
CELLS = st.lists(
    st.text("ab 你。*`-", max_size=12).map(lambda text: f"| {text} "), min_size=1, max_size=4
).map("".join)


def shown(text, width=60, **look):
    return ["".join(part for part, _ in row) for row in wrap(text, markdown(text), width, **look)]


def test_columns_stand_under_each_other():
    assert shown(TABLE)[1:-1] == [
        "Name ┆ 说明", "─────┼─────────────", "sed  ┆ 逐行读取文件", "b    ┆ two words",
    ]  # fmt: skip


def test_the_head_is_bold_and_what_changed_stays_lit():
    ink = markdown(TABLE)
    start = TABLE.index("two")
    lay(ink, start, start + 3, NEW)
    rows = wrap(TABLE, ink, 60)
    assert rows[1][0][1] & BOLD
    assert [text for text, what in rows[4] if what & NEW] == ["two"]


def test_a_row_whose_bars_are_new_is_lit_though_they_are_not_shown():
    ink = markdown(TABLE)
    lay(ink, TABLE.index("|:"), TABLE.index("| `"), NEW)
    assert wrap(TABLE, ink, 60)[2][0][1] & NEW


def test_a_wide_table_wraps_in_its_cells():
    text = "| a | b |\n|---|---|\n| " + "word " * 12 + "| x |"
    rows = shown(text, 30)
    assert len(rows) > 4
    assert all(len(row) <= 30 for row in rows)
    assert rows[2].endswith("┆ x")


def test_a_table_with_too_many_columns_stays_as_it_is():
    text = "|" + "column|" * 9 + "\n|" + "---|" * 9 + "\n|" + "cell|" * 9
    assert "┆" not in "".join(shown(text, 30))


def test_raw_tables_code_and_other_bars_are_left_alone():
    assert shown(TABLE, raw=True) == TABLE.split("\n")
    for text in ("```\n|a|b|\n|-|-|\n```", "a | b\nc | d", "^(x|y)$\n---", "| a | b |\n|---|"):
        assert "┆" not in "".join(shown(text))


@given(st.lists(CELLS, min_size=1, max_size=5), st.integers(1, 4), st.integers(8, 60))
def test_no_row_is_too_wide_and_no_word_is_lost(rows, columns, width):
    text = "\n".join([rows[0], "|" + "---|" * columns, *rows[1:]])
    ink = markdown(text)
    laid = wrap(text, ink, width)
    assert all(width_of(row) <= width for row in laid)
    told = "".join(part for row in laid for part, _ in row)
    for sign in "ab你":
        assert told.count(sign) == text.count(sign)
