"""What `--help` says: no default that says nothing."""

import pytest

from curator.cli.app import build
from curator.cli.show import default_told


@pytest.mark.parametrize("command", ["review", "list", "tag"])
def test_help_tells_no_default_that_says_nothing(command, capsys):
    build()([command, "--help"])
    said = capsys.readouterr().out
    assert f"curator {command}" in said
    assert 'default: ""' not in said
    assert "default: False" not in said
    assert "default: None" not in said


def test_a_default_that_says_something_is_told():
    assert [default_told(value) for value in (20, 0, "made", True)] == ["20", "0", "made", "True"]
    assert [default_told(value) for value in ("", None, False, ())] == [None] * 4
