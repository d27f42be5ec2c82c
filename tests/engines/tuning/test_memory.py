"""The estimate before a run."""

from types import SimpleNamespace

from curator.engines.tuning import memory

SMALL = SimpleNamespace(
    hidden_size=576, intermediate_size=1536, num_hidden_layers=30, vocab_size=49152
)


def need(tokens, parameters=134_515_008):
    return memory.estimate(SMALL, parameters, 2_442_240, tokens, on_gpu=False)


def test_longer_sequences_and_larger_models_need_more():
    assert need(4096).plain > need(512).plain > need(64).plain
    assert need(512, 1_000_000_000).plain > need(512).plain


def test_gradient_checkpointing_needs_less():
    assert need(8192).checkpointed < need(8192).plain / 3


def test_what_does_not_fit_is_told_from_what_fits_when_computed_twice():
    tight = memory.Estimate(plain=200, checkpointed=50, available=100)
    assert (tight.fits, tight.must_checkpoint) == (True, True)
    assert not memory.Estimate(plain=300, checkpointed=99, available=100).fits
    assert not memory.Estimate(plain=50, checkpointed=20, available=100).must_checkpoint


def test_some_memory_is_free_here():
    assert memory.available(on_gpu=False) > 100_000_000
