"""The learned order: what a small model, trained on this workspace's decisions, expects of others.

Features are the gates' values, those of the turn signals on question, old and new answer and their
difference, and the question's embedding where there is one. How well it does is told by
cross-validation in which all rewrites of one chat stay together.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from curator.conversation import Rewrite
from curator.errors import ConfigError
from curator.signals.turns import TURN_SIGNALS, read
from curator.stages.base import Progress, Report
from curator.store import Store

#: Decisions below which nothing is learned, and the fewest of each kind.
LEAST, OF_EACH = 50, 8
FOLDS, BINS, DRAWS = 5, 5, 400
#: Directions that stand for an embedding: more would be learned by heart.
DIRECTIONS = 8
_ASKED = [signal for signal in TURN_SIGNALS if "user" in signal.roles]
_ANSWERED = [signal for signal in TURN_SIGNALS if "assistant" in signal.roles]


def learn(store: Store, least: int, steps: tuple[Progress, Report]) -> None:
    """Train on the settled rewrites, check it, and store what it expects of all others.

    Raises `ConfigError` where too few are settled, or hardly any of one kind.
    """
    import numpy as np

    progress, report = steps
    rewrites = {rewrite.id: rewrite for rewrite in store.rewrites.all()}
    decided = {
        id_: int(head.verdict != "reject")
        for id_, head in store.decisions.heads().items()
        if head.verdict in ("accept", "edit", "reject") and id_ in rewrites
    }
    _enough(decided, least)
    progress.begin(len(rewrites), "rewrites read")
    names, rows, ids = features(store, rewrites, progress)
    known = [place for place, id_ in enumerate(ids) if id_ in decided]
    wanted = np.array([decided[ids[place]] for place in known])
    groups = [rewrites[ids[place]].conversation_id for place in known]
    checked, folds = _checked(rows[known], wanted, groups)
    model = _model().fit(rows[known], wanted)
    expected = model.predict_proba(rows)[:, 1]
    info = {
        "decisions": len(known), "accepted": int(wanted.sum()), "folds": folds,
        "features": len(names), **quality(wanted, checked),
        "weights": _weights(model, names),
    }  # fmt: skip
    accept = {id_: round(float(p), 4) for id_, p in zip(ids, expected, strict=True)}
    store.predictions.replace(accept, info, store.run_id or 0)
    tell(info, report)


def features(
    store: Store, rewrites: Mapping[str, Rewrite], progress: Progress
) -> tuple[list[str], Any, list[str]]:
    """Names of the features, a row of them for each rewrite, and the rewrites' ids in that order;
    a rewrite whose chat is gone is left out."""
    import numpy as np

    from curator.signals import GATES

    gates = [gate.name for gate in GATES]
    measured = store.signals.of_many(list(rewrites))
    rows, ids = [], []
    for id_, rewrite in rewrites.items():
        progress.step()
        chat = store.conversations.get(rewrite.conversation_id)
        if chat is None or rewrite.turn_index >= len(chat.turns):
            continue
        found = {signal.name: signal.value for signal in measured.get(id_, ())}
        turns = [(t.role, t.content, bool(t.extra)) for t in chat.turns[: rewrite.turn_index + 1]]
        rows.append([*(found.get(name, 0.0) for name in gates), *_of_turns(turns, rewrite)])
        ids.append(id_)
    names = [
        *gates,
        *(f"{s.name} of the question" for s in _ASKED),
        *(f"{s.name} of the old answer" for s in _ANSWERED),
        *(f"{s.name} of the new answer" for s in _ANSWERED),
    ]
    matrix = np.array(rows, float).reshape(len(rows), len(names))
    vectors, directions = _vectors(store, [rewrites[id_].conversation_id for id_ in ids])
    return [*names, *directions], np.hstack([matrix, vectors]), ids


def _of_turns(turns: Sequence[tuple[str, str, bool]], rewrite: Rewrite) -> list[float]:
    old = read(turns)
    new = read([*turns[:-1], ("assistant", rewrite.content, False)])
    asked = old[-1].asked
    return [
        *(float(s.look(asked).value) if asked is not None else 0.0 for s in _ASKED),
        *(float(s.look(old[-1]).value) for s in _ANSWERED),
        *(float(s.look(new[-1]).value) for s in _ANSWERED),
    ]


def _vectors(store: Store, chats: Sequence[str]) -> tuple[Any, list[str]]:
    """The first directions of the embeddings of the chats' questions, zeros where there are none:
    only where most chats have one."""
    import numpy as np

    none = np.zeros((len(chats), 0))
    for model, revision, _, _ in store.embeddings.models()[:1]:
        items, vectors = store.embeddings.of("first-user-turn", model, revision)
        place = {item: row for row, item in enumerate(items)}
        have = [place[chat] for chat in chats if chat in place]
        if len(have) < 0.8 * len(chats) or len(have) < LEAST:
            return none, []
        from sklearn.decomposition import PCA

        n = min(DIRECTIONS, vectors.shape[1])
        flat = PCA(n, random_state=0).fit(vectors[have])
        found = np.zeros((len(chats), n))
        for row, chat in enumerate(chats):
            if chat in place:
                found[row] = flat.transform(vectors[place[chat] : place[chat] + 1])[0]
        return found, [f"direction {k + 1} of the embedding" for k in range(n)]
    return none, []


def _enough(decided: Mapping[str, int], least: int) -> None:
    yes = sum(decided.values())
    no = len(decided) - yes
    if len(decided) < max(least, 2 * OF_EACH) or min(yes, no) < OF_EACH:
        raise ConfigError(
            f"--learn needs {least} decisions with {OF_EACH} of each kind; there are {yes} "
            f"accepted and {no} rejected rewrites; review some more, or set --learn-from lower"
        )


def _model() -> Any:
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # With more features than decisions a plain, strongly held model does best, and its
    # probabilities mean what they say.
    return make_pipeline(
        VarianceThreshold(), StandardScaler(), LogisticRegression(C=0.01, max_iter=2000)
    )


def _checked(rows: Any, wanted: Any, groups: Sequence[str]) -> tuple[Any, int]:
    """What models that never saw a chat expect of it, and in how many parts they were made."""
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    folds = max(2, min(FOLDS, int(min(wanted.sum(), len(wanted) - wanted.sum()))))
    expected = np.full(len(wanted), wanted.mean())
    parts = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    for train, test in parts.split(rows, wanted, groups):
        if len(set(wanted[train].tolist())) == 2:
            expected[test] = (
                _model().fit(rows[train], wanted[train]).predict_proba(rows[test])[:, 1]
            )
    return expected, folds


def quality(wanted: Any, expected: Any) -> dict[str, Any]:
    """AUC with a 95 % bootstrap interval, Brier score (and that of always saying the share), and
    reliability bins: expected, happened, count."""
    import numpy as np

    draw = np.random.default_rng(0)
    drawn = []
    for _ in range(DRAWS):
        some = draw.integers(0, len(wanted), len(wanted))
        if 0 < wanted[some].sum() < len(wanted):
            drawn.append(auc(wanted[some], expected[some]))
    low, high = np.quantile(drawn, (0.025, 0.975)) if drawn else (0.0, 1.0)
    share = float(np.mean(wanted))
    edges = np.minimum((expected * BINS).astype(int), BINS - 1)
    bins = [
        (
            round(float(expected[edges == b].mean()), 3),
            round(float(wanted[edges == b].mean()), 3),
            int((edges == b).sum()),
        )
        for b in range(BINS)
        if (edges == b).any()
    ]
    return {
        "auc": round(auc(wanted, expected), 4),
        "auc_low": round(float(low), 4), "auc_high": round(float(high), 4),
        "brier": round(float(np.mean((expected - wanted) ** 2)), 4),
        "brier_of_the_share": round(share * (1 - share), 4), "bins": bins,
    }  # fmt: skip


def auc(wanted: Any, value: Any) -> float:
    """The chance that one of the wanted has the higher value than one of the others; ties count
    half (Mann-Whitney)."""
    from scipy.stats import rankdata

    yes = int(wanted.sum())
    no = len(wanted) - yes
    if not yes or not no:
        return 0.5
    ranks = rankdata(value)
    return float((ranks[wanted == 1].sum() - yes * (yes + 1) / 2) / (yes * no))


def _weights(model: Any, names: Sequence[str]) -> list[tuple[str, float]]:
    """What moved the model most: feature and weight, a standard deviation's worth."""
    kept = [n for n, keep in zip(names, model[0].get_support(), strict=True) if keep]
    found = zip(kept, model[-1].coef_[0].tolist(), strict=True)
    return [(n, round(w, 3)) for n, w in sorted(found, key=lambda pair: -abs(pair[1]))[:10]]


def tell(info: Mapping[str, Any], report: Report) -> None:
    """Say in words how well the model does, as `curator signals --calibration` does too."""
    report.data |= {"learned": dict(info)}
    report.lines += [
        f"Learned from {info['decisions']:,} decisions ({info['accepted']:,} accepted or edited): "
        f"cross-validated AUC {info['auc']:.2f} (95 % {info['auc_low']:.2f} to "
        f"{info['auc_high']:.2f}), Brier {info['brier']:.3f} where always saying the share gives "
        f"{info['brier_of_the_share']:.3f}",
        "Expected and happened: "
        + ", ".join(f"{said:.2f} → {was:.2f} (n {n})" for said, was, n in info["bins"]),
        "What moved it most: " + ", ".join(f"{n} {w:+.2f}" for n, w in info["weights"][:5]),
    ]
    if info["auc_low"] <= 0.5:
        report.lines.append("That is no better than chance can be: trust the order little yet")
