"""The kernel, numpy and datasketch agree to the bit, whatever the text."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curator.similarity import alphabet
from curator.similarity.batches import packed
from curator.similarity.hashing import PERMUTATIONS, SEED, permutations, shingle_hash
from curator.similarity.sketching import minhash, shingle_lists, sketch, table_of
from curator.text import jaccard, normalise, shingle_size, shingles, words

ODD = (
    "don't C++ and c# 12.5,3 12+35 = 47 (3)*2 x",
    "Ｆｕｌｌ　ｗｉｄｔｈ，１２．５＋３ ﬁne ℌ Ⅷ ½ …1…2",
    "Ça va? e\u0301 E\u0301 \u1100\u1161\u11a8 각 ｶﾞ ガ か\u3099",
    "ß ẞ ŉ ǰ ΐ ﬃ İ ı ſ ς Σ",
    ":-) :-)",
    "?!  … !!",
    "  \u3000\u2003\n",
    "",
    "我喜欢 Python3，你呢？《红楼梦》第12回",
    "\U0001f469\u200d\U0001f4bb code 👍🏽 \U0002070e",
    "1 - 2 -  (3) 4-\n5 a-b 3−2 ٣+٤ ८",
    "\ud800 alone",
    "a" * 300 + " " + "b c d e " * 40,
)
TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aAbB zZ09.,'’+#()-*/×÷=<>^%_\n\t\u3000中文字。，…éÉ\u0301ｶﾞ각ßﬁ"),
    ),
    max_size=120,
)


def theirs(text: str, size: int | None = None) -> np.ndarray:
    """datasketch's own signature of the text's shingles under the documented hash."""
    from datasketch import MinHash

    sketch_ = MinHash(PERMUTATIONS, seed=SEED, hashfunc=shingle_hash, scheme="affine32")
    for shingle in shingles(text, size):
        sketch_.update(shingle.encode("utf-8", "surrogatepass"))
    return sketch_.hashvalues


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("text", ODD)
def test_an_odd_text_is_sketched_as_datasketch_does(text: str, compiled: bool) -> None:
    made = sketch(packed([text]), compiled=compiled)
    plain = normalise(text)
    assert made.counts[0] == (len(plain.split(" ")) if words(plain) else 0)
    np.testing.assert_array_equal(made.rows[0], theirs(text))


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from([0, 1, 2, 3, 5]))
@example(list(ODD), 3)
def test_kernel_numpy_and_datasketch_agree_to_the_bit(texts: list[str], size: int) -> None:
    sizes = np.full(len(texts), size, np.int8)
    fast = sketch(packed(texts), sizes, compiled=True)
    slow = sketch(packed(texts), sizes, compiled=False)
    for one, other in zip(fast, slow, strict=True):
        np.testing.assert_array_equal(one, other)
    for row, text in zip(fast.rows, texts, strict=True):
        np.testing.assert_array_equal(row, theirs(text, size or None))


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_equal_names_mean_equal_words(one: str, other: str) -> None:
    names = sketch(packed([one, other]), compiled=True).names
    same = normalise(one) == normalise(other)
    assert (names[0] == names[1]).all() == same


def test_every_sign_is_folded_as_python_does_or_left_to_it() -> None:
    kinds, folds = alphabet.kinds(), alphabet.folds()
    assert kinds[ord("中")] == alphabet.CHARACTER
    assert folds[ord("É")] == ord("é")
    assert folds[0x301] == alphabet.ASK
    step = 37  # a sample of the planes in use
    signs = [chr(code) for code in range(0x20, 0x30000, step) if not 0xD800 <= code < 0xE000]
    texts = [f"a{sign}b 1{sign}2 {sign}" for sign in signs]
    made = sketch(packed(texts), compiled=True)
    expected = sketch(packed(texts), compiled=False)
    np.testing.assert_array_equal(made.names, expected.names)


def test_a_row_is_a_minhash_that_estimates_and_is_found_by_lsh() -> None:
    from datasketch import MinHashLSH

    said = [f"w{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(200)]
    texts = [" ".join(said), " ".join([*said[:190], *said[:10]]), " ".join(reversed(said))]
    rows = sketch(packed(texts), compiled=True).rows
    made = [minhash(row) for row in rows]
    size = shingle_size(200)
    real = jaccard(shingles(texts[0], size), shingles(texts[1], size))
    assert made[0].jaccard(made[1]) == pytest.approx(real, abs=0.15)
    lsh = MinHashLSH(threshold=0.7, num_perm=PERMUTATIONS)
    for place, each in enumerate(made):
        lsh.insert(place, each)
    assert sorted(lsh.query(made[0])) == [0, 1]
    np.testing.assert_array_equal(made[0].permutations, permutations())


def test_templates_are_left_out_by_both_ways_alike() -> None:
    frame = "you are a helpful assistant who answers every question in short plain words now"
    texts = [f"{frame} what is the capital of france please tell", f"{frame} sing a song to me"]
    table = table_of(np.array([shingle_hash_64(s) for s in shingles(frame, 3)], np.uint64))
    fast = sketch(packed(texts), templates=table, compiled=True)
    slow = sketch(packed(texts), templates=table, compiled=False)
    for one, other in zip(fast, slow, strict=True):
        np.testing.assert_array_equal(one, other)
    whole = sketch(packed(texts), compiled=True)
    assert (whole.lefts - fast.lefts == len(shingles(frame, 3))).all()
    sizes = np.zeros(2, np.int8)
    for compiled in (True, False):
        lists = shingle_lists(packed(texts), sizes, table, compiled)
        assert lists.lengths.tolist() == fast.lefts.tolist()


def shingle_hash_64(shingle: str) -> int:
    from curator.similarity.hashing import run_hash, word_hash

    return run_hash([word_hash(word) for word in shingle.split(" ")])


def test_the_number_of_cores_changes_nothing() -> None:
    code = (
        "from curator.similarity.batches import packed\n"
        "from curator.similarity.sketching import sketch\n"
        "import hashlib\n"
        "texts = [f'text number {i} ' * (i % 40 + 1) + '中文' * (i % 7) for i in range(3000)]\n"
        "rows = sketch(packed(texts), compiled=True).rows\n"
        "print(hashlib.sha256(rows.tobytes()).hexdigest())\n"
    )
    pin = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system cannot hold a process to one core")
    seen = {
        subprocess.run(
            [sys.executable, "-c", start + code], capture_output=True, text=True, check=True
        ).stdout
        for start in ("", pin)
    }
    assert len(seen) == 1
