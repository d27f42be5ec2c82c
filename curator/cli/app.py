"""All commands, in the order a person meets them."""

from cyclopts import App, Group, Parameter
from cyclopts.config import Dict, Env

from curator import __version__
from curator.cli import rooms, stage_commands
from curator.cli.show import default_told
from curator.settings import load
from curator.stages.registry import STAGES

DATA = Group("From raw chats to a model, in this order", sort_key=1)
LOOK = Group("Around it", sort_key=2)


def build() -> App:
    """The command line, with the settings files and the environment below the flags.

    Raises `ConfigError` where a settings file says something unknown.
    """
    settings = load((*(stage.name for stage in STAGES), *rooms.COMMANDS))
    app = App(
        name="curator",
        version=__version__,
        help="Turn raw chats into a fine-tuned model whose data a human has vouched for.",
        help_epilogue="Begin with `curator demo`, or with `curator import FILE`. "
        "`--debug` anywhere shows the traceback of an error.",
        result_action="return_value",
        default_parameter=Parameter(show_default=default_told),
        config=[
            Env("HINDSIGHT_", show=False),
            Dict({k: dict(v) for k, v in settings.commands.items()}, source="curator.toml"),
        ],
    )
    made = {stage.name: stage_commands.command(stage, settings) for stage in STAGES}
    ordered = [*rooms.ORDER, *(name for name in made if name not in rooms.ORDER)]
    for place, name in enumerate(ordered):
        if name in made:
            app.command(made[name], name=name, group=DATA, sort_key=place)
        elif name in rooms.FLOW:
            app.command(rooms.FLOW[name](settings), name=name, group=DATA, sort_key=place)
    for place, (name, make) in enumerate(rooms.AROUND.items()):
        made_here = make(settings)
        if isinstance(made_here, App):
            made_here.group, made_here.sort_key = (LOOK,), place
            app.command(made_here)
        else:
            app.command(made_here, name=name, group=LOOK, sort_key=place)
    app.default(rooms.begin(settings))
    return app
