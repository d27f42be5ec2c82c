"""What P copies, run literally in a shell, shows the same rows."""

import json
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curator.cli import halls, main
from curator.cli.app import build
from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.filters import FilterError, parse
from curator.filters.views import ORDERS, STATES, QueueSpec
from curator.store import Store
from curator.store.shelf import command

ODD = (
    '"it\'s"', "\"it's\" or '", '"say \\"hi\\""', '"back\\\\slash"', '"C:\\\\dir\\\\$HOME"',
    "$HOME", "`id`", '"$(id)"', '"a;b"', '"a|b" or "c&d"', '"!!"', '"!x" or "#1"', '"line\nbreak"',
    '"tab\there"', "机器学习", '"（全角）"', "学习 or 机器", "lang：zh，en", "“全角引号”",
    "source:*x*",
    "source:~/chats", "*", '"*"', "-flag:yes", "-(a or b)", "--a", "-h", "--help", "-n", "--json",
    "--where", "-w", "--debug", "-1", "turns>=2", "turns<9 turns>1", 'category:""',
    "é or e\u0301", "🙂", "\u202e", "{a}", "a=b", "%s%n", "not a", " a ", "number:1 or number:3..5",
    "~", "!", "\\", "a\\b", "'", "''", "-'-",
)  # fmt: skip
TEXTS = (
    "it's a", 'say "hi" h', "back\\slash n", "$HOME json where", "机器学习 debug", "line\nbreak 1",
    "!! help é", "🙂 a b", "全角引号 w",
)  # fmt: skip


@pytest.fixture(autouse=True)
def one_app(monkeypatch):
    """The command line is made once: it is run a hundred times here."""
    app = build()
    monkeypatch.setattr("curator.cli.app.build", lambda: app)


def chat(number, text):
    return Conversation(
        (Turn("user", f"{text} {number}"), Turn("assistant", "well"), Turn("user", "so?")),
        Origin("~/chats x.jsonl", number), {"language": "zh" if number % 2 else "en"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("it's a $HOME !x") / "w 机.duckdb"
    with Store(path) as store:
        chats = [chat(number, text) for number, text in enumerate(TEXTS)]
        store.conversations.add(chats)
        store.rewrites.add([Rewrite(c.id, 1, "why", "new words", "m", "p") for c in chats])
    return path


def understood(where):
    try:
        parse(where)
    except FilterError:
        return False
    return True


#: A command that tells its words, in each shell.
TELLS = {
    "bash": "curator() { printf '%s\\0' curator \"$@\" $'\\x01'; }\n",
    "zsh": "curator() { printf '%s\\0' curator \"$@\" $'\\x01'; }\n",
    "fish": "function curator; printf '%s\\0' curator $argv \\x01; end\n",
}


def words_of(commands, shell="bash"):
    """What a shell makes of these lines, each given to a command that tells its words."""
    ran = subprocess.run(
        [shell, "-c", TELLS[shell] + "\n".join(commands)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return [part.decode().split("\0")[1:-1] for part in ran.stdout.split(b"\x01\0")[:-1]]


def test_a_library_copied_as_a_command_lists_the_same_chats(path, capsys):
    asked = [where for where in ODD if understood(where)]
    assert len(asked) > 30
    lines = [command(where, path) for where in asked]
    with Store(path) as store:
        wanted = [store.selecting.ids(where) for where in asked]
    for where, typed, found in zip(asked, words_of(lines), wanted, strict=True):
        assert main([*typed, "--json"]) == 0, where
        told = json.loads(capsys.readouterr().out)
        assert (told["count"], [c["id"] for c in told["conversations"]]) == (len(found), found)


def test_a_queue_copied_as_a_command_shows_the_same_queue(path, monkeypatch):
    wanted = []
    monkeypatch.setattr(halls, "enter", lambda *given: wanted.append(given) or 0)
    monkeypatch.setattr("curator.cli.entering.enter", lambda *given: wanted.append(given) or 0)
    specs = [
        QueueSpec([*STATES][n % len(STATES)], [*ORDERS][n % len(ORDERS)], where, n % 3)
        for n, where in enumerate(filter(understood, ODD))
    ]
    lines = [spec.command(str(path)) for spec in specs]
    assert [main(typed) for typed in words_of(lines)] == [0] * len(specs)
    with Store(path) as store:
        found_of = [(place, asked.spec(store)) for _, place, _, _, asked in wanted]
    for spec, (place, found) in zip(specs, found_of, strict=True):
        assert str(place) == str(path)
        assert (found.state, found.order, found.where.strip()) == (
            spec.state, spec.order, spec.where.strip(),
        )  # fmt: skip
        assert found.seed == spec.seed or spec.order != "random"


def fish_words(line):
    """A line of single quotes, blanks and backslashes as fish reads it, where there is no fish."""
    words, at, quoted = [""], 0, False
    while at < len(line):
        sign, at = line[at], at + 1
        escapes = "\\'" if quoted else line[at : at + 1]
        if sign == "\\" and at < len(line) and line[at] in escapes:
            words[-1] += line[at]
            at += 1
        elif sign == "'":
            quoted = not quoted
        elif sign == " " and not quoted:
            words.append("")
        else:
            words[-1] += sign
    return words


@pytest.mark.parametrize("shell", sorted(TELLS))
def test_every_shell_reads_the_same_words(path, shell):
    specs = [QueueSpec(where=where) for where in (*ODD, "=ls", "%self", "a'\\\\'b\\", "'\\''")]
    lines = [spec.command(str(path)) for spec in specs]
    wanted = [["curator", "review", *spec.flags(), "--workspace", str(path)] for spec in specs]
    if shell == "fish":
        assert list(map(fish_words, lines)) == wanted
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    assert [["curator", *typed] for typed in words_of(lines, shell)] == wanted


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
                min_size=1, max_size=8))  # fmt: skip
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_shell_gives_back_the_filter_letter_by_letter(texts):
    lines = [QueueSpec(where=text).command() for text in texts]
    for text, typed in zip(texts, words_of(lines), strict=True):
        said = typed[-1].removeprefix("--where=") if len(typed) > 2 else ""
        assert said == (text if text.strip() else "")
