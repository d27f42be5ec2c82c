"""`curator chat`: talk to the base model or an adapter; the chat re-enters at the front door."""

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from curator.cli import show
from curator.cli.progress import Stop
from curator.cli.stage_commands import Json, Workspace
from curator.cli.workspace import opened
from curator.errors import ConfigError
from curator.settings import Settings


def make(settings: Settings) -> Any:
    """The command `chat`."""

    def chat(
        *,
        prompt: Annotated[
            str | None, Parameter(name=["--prompt", "-p"], help="Ask this once, print the answer.")
        ] = None,
        adapter: Annotated[
            str | None,
            Parameter(help="An adapter's folder, or `latest`; without it the base model answers."),
        ] = None,
        system: Annotated[str, Parameter(help="A system message to begin with.")] = "",
        keep: Annotated[
            bool,
            Parameter(help="Bring the finished chat into the workspace, as an import would."),
        ] = True,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """Talk to the base model or to an adapter; the chat comes back in as data."""
        from curator.talk import Talk

        with opened(settings, workspace, Stop()) as (store, engines):
            model = engines.chat("assistant") if adapter is None else _tuned(store, adapter)
            talk = Talk(model, engines, system)
            try:
                if prompt is not None:
                    _once(talk, prompt, json)
                else:
                    _converse(talk)
            finally:
                if keep and (conversation := talk.finish()) is not None:
                    added = store.conversations.add([conversation])
                    if added and not json:
                        print(f"kept as conversation {conversation.id[:8]}", file=sys.stderr)
        return 0

    return chat


def _tuned(store: Any, adapter: str) -> Any:
    from curator.engines.tuned import Tuned

    if adapter == "latest":
        found = store.adapters.latest()
        if found is None:
            raise ConfigError("no adapter has been trained here yet; `curator train` makes one")
        return Tuned(Path(found.path))
    return Tuned(Path(adapter))


def _once(talk: Any, prompt: str, as_json: bool) -> None:
    reply = talk.say(prompt)
    if as_json:
        show.print_json({"prompt": prompt, "answer": reply.text, "model": reply.model})
    else:
        print(show.plain(reply.text))


def _converse(talk: Any) -> None:
    interactive = sys.stdin.isatty()
    if interactive:
        print(f"Talking to {talk.model.model}. An empty line or Ctrl-D ends the chat.")
    while True:
        try:
            line = input("you> " if interactive else "")
        except EOFError:
            return
        if not line.strip():
            return
        print(show.plain(talk.say(line).text), flush=True)
