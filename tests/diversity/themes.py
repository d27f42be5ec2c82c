"""Made vectors and texts of known themes."""

import numpy as np

WORDS = {
    "cooking": "boil the egg, fry the onion, bake bread, cook rice soup in a pan",
    "python": "write a python function, fix the loop, sort a list, read the file",
    "travel": "book a train ticket, find a hotel, visit the old town, pack a suitcase",
    "泡茶": "怎么泡绿茶，水温多少，茶叶放几克，龙井茶怎么喝",
}


def vectors(count, themes=4, dimensions=32, spread=0.15, seed=0):
    """Unit vectors around `themes` directions, and the theme of each."""
    rng = np.random.default_rng(seed)
    middles = np.linalg.qr(rng.normal(size=(dimensions, dimensions)))[0][:themes]
    theme = rng.integers(themes, size=count)
    made = middles[theme] + rng.normal(size=(count, dimensions)) * spread
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made.astype(np.float32), theme


def texts(count, seed=0):
    """Questions of four themes, and the theme of each."""
    rng = np.random.default_rng(seed)
    names = list(WORDS)
    made, theme = [], []
    for number in range(count):
        name = names[number % len(names)]
        parts = WORDS[name].replace("，", ", ").split(", ")
        chosen = [parts[i] for i in rng.permutation(len(parts))[:2]]
        made.append(f"{'，'.join(chosen)} {number}")
        theme.append(number % len(names))
    return made, theme
