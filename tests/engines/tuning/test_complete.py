"""Half-written folders are never taken for whole ones."""

import pytest

from curator.engines.tuning import complete


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "checkpoint-2"
    made.mkdir()
    (made / "weights").write_bytes(b"w" * 1000)
    (made / "state").write_bytes(b"s" * 10)
    complete.mark(made)
    return made


def test_a_marked_folder_is_whole(folder):
    assert complete.whole(folder) == ""


@pytest.mark.parametrize("name", ["weights", "state"])
def test_a_truncated_file_is_found(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes()[:-1])
    assert name in complete.whole(folder)


@pytest.mark.parametrize("name", ["weights", "state"])
def test_a_changed_byte_is_found(folder, name):
    path = folder / name
    path.write_bytes(b"x" + path.read_bytes()[1:])
    assert name in complete.whole(folder)


def test_a_missing_file_is_found(folder):
    (folder / "state").unlink()
    assert "lacks state" in complete.whole(folder)


@pytest.mark.parametrize("cut", [0, 1, 40])
def test_a_cut_marker_is_no_marker(folder, cut):
    marker = folder / complete.MARKER
    marker.write_bytes(marker.read_bytes()[:cut])
    assert "broken" in complete.whole(folder)


def test_the_newest_whole_checkpoint_is_taken_and_broken_ones_go(folder):
    broken = folder.parent / "checkpoint-10"
    broken.mkdir()
    (broken / "weights").write_bytes(b"half")
    assert complete.newest_checkpoint(folder.parent) == folder
    assert not broken.exists()


def test_without_checkpoints_there_is_none(tmp_path):
    assert complete.newest_checkpoint(tmp_path / "nothing") is None
