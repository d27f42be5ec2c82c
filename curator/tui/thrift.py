"""What lets keys be answered evenly, and memory go back."""

import gc

#: So many objects are made before the young ones are looked through, and so many times that before
#: the older ones are: some thirty keys, and some six hundred.
YOUNG, OLDER, OLDEST = 10_000, 20, 20


def settle() -> None:
    """Count all that lives now as here to stay. What lives is mostly what was imported, and each
    time Python looks through it no key is answered for some 40 ms."""
    from curator.stages.lean import give_back

    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDEST)
    give_back()


def forget_opening() -> None:
    """Let go of the code that only opened the workspace and drew the first pictures."""
    from curator.stages.lean import give_back_code

    give_back_code()


def let_go() -> None:
    """Take that back before Python ends: what is still counted as here to stay then, DuckDB's
    binding reports as leaked, on the terminal of whoever has just quit."""
    gc.unfreeze()
