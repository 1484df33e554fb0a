"""The command line `zixun`: one file per verb, listed here."""

import sys

import typer

from services.cli import (
    doctor,
    gateway,
    import_incidents,
    log,
    migrate,
    parked,
    run,
    simulate,
    sla,
    status,
    tickets,
    token,
    topics,
    views,
    work,
)
from services.cli.failures import as_failure

MANUAL = """
Zixun (咨询) takes consultations from the call to the callback visit.

Start it with `zixun run`; everything else works while it runs, and also while it does not.

Settings are environment variables, all optional; `zixun run --help` lists them. Results go to standard output, all
else to standard error. Exit status: 0 done, 1 failed, 2 wrong usage, 3 a wrong setting, 4 not found, 5 already in use,
6 the database cannot be used, 7 Kafka cannot be used.
"""


def main() -> None:
    """What the installed `zixun` calls."""
    try:
        build()()
    except Exception as error:
        failure = as_failure(error)
        if failure is None:
            raise  # a bug, loud
        print(f"zixun: {failure}", file=sys.stderr)
        sys.exit(failure.status)


def build() -> typer.Typer:
    """All verbs, in the order of the manual."""
    app = typer.Typer(
        name="zixun",
        help=MANUAL,
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command("run", epilog=run.settings_manual())(run.run)
    app.command("work")(work.work)
    app.command("status")(status.status)
    app.command("migrate")(migrate.migrate)
    app.add_typer(gateway.build(), name="gateway")
    app.add_typer(token.build(), name="token")
    app.add_typer(tickets.build(), name="tickets")
    app.add_typer(parked.build(), name="parked")
    app.add_typer(import_incidents.build(), name="import")
    app.command("simulate")(simulate.simulate)
    app.add_typer(sla.build(), name="sla")
    app.add_typer(views.build(), name="views")
    app.add_typer(topics.build(), name="topics")
    app.add_typer(log.build(), name="log")
    app.command("doctor")(doctor.doctor)
    return app
