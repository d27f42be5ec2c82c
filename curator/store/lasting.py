"""What no rollback takes back: why not, and what to do instead, by stage."""

#: A stage, and what a person who wants it undone may do.
LASTING: dict[str, str] = {
    "score": "only measures: it changes no text and removes nothing; `curator score` measures what "
    "is new, and a newer version of a signal measures anew by itself",
    "rules": "stored votes that follow from rules.toml: change or remove the rule there and run "
    "`curator rules --apply` again",
    "embed": "only measures: vectors follow from the texts, and are reused; `curator embed "
    "--model` makes others beside them",
    "clusters": "only measures: the map follows from the vectors; `curator clusters --afresh` lays "
    "it out anew",
    "map": "only measures: the map follows from the vectors; `curator clusters --afresh` lays it "
    "out anew",
    "diversity": "only measures; run it again for new numbers",
    "similar": "only looks; there is nothing to take back",
    "why": "only looks; there is nothing to take back",
    "dedup": "only found groups, and took nothing out of sight; `curator dedup --threshold` finds "
    "others in their place",
    "fix": "only showed what it would do; `curator fix --apply` does it",
    "select": "gave out a tag: `curator history` lists the tagging as an act of its own, which can "
    "be taken back",
    "compare": "asked a judge: the verdicts are kept so that they are never paid twice; another "
    "judge (`[engines.judge]`) makes others beside them",
    "eval": "asked models and a judge: answers and scores are kept so that they are never paid "
    "twice; another judge (`[engines.judge]`) makes others beside them",
    "export": "wrote files outside the workspace: delete them where they lie; the record stays, so "
    "that `curator why` can still say where a line came from",
    "train": "made an adapter in a folder of its own: delete the folder; the record stays, so that "
    "an evaluation can name what it examined",
}


def why_lasting(stage: str) -> str:
    """Why a run of this stage cannot be taken back, in words that follow its name."""
    return LASTING.get(stage, "changed nothing that could be taken back")
