"""How evidence is weighed against chance."""

import msgspec


class Weights(msgspec.Struct, frozen=True):
    """How evidence is weighed; chosen on the tuned halves of both sets of planted leaks.

    The rarest unit must have `least` bits and counts with all of them, every further one with
    those above `ordinary`; a pair of neighbours adds `pair`, and `run` where more than `free`
    stand in a row that nobody said before. Without a rare unit the others must have `many`. Of
    what only the assistant says later, plain words lose `subject` and what is further counts by
    `further`; a figure of the user gains `figure`. `mine` and `theirs` say how much a doubling of
    the new words of the rewrite and of the later turn takes away. `user` and `assistant` are what
    flags, by who says it later; `unasked` more where the assistant answers a question without
    news, for then anybody who answers the first question may say it. A plain Chinese word
    alone loses `han`: where words end is a guess, and two signs coincide easily. An answer must
    cover the share `cover` of a sentence and leave `answer`.
    """

    least: float = 5.5
    ordinary: float = 4.5
    pair: float = 1.0
    run: float = 2.0
    free: int = 2
    many: float = 4.0
    further: float = 0.2
    subject: float = 2.0
    figure: float = 2.0
    mine: float = 1.4
    theirs: float = 0.5
    user: float = 2.45
    assistant: float = 4.0
    unasked: float = 3.0
    han: float = 1.5
    answer: float = 10.0
    cover: float = 0.5


WEIGHTS = Weights()
