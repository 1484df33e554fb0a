"""`zixun simulate`: a plausible centre, for looking around."""

import asyncio
import json
from typing import Annotated, Any, Final

import typer

from services.cli.failures import Failure, Status
from services.cli.progress_bars import progress_bars
from services.cli.sessions import session

TICKETS_MAX: Final = 1_000_000

AsJson = Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")]


def simulate(
    tickets: Annotated[int, typer.Option(min=1, max=TICKETS_MAX, help="How many tickets to play.")] = 200,
    seed: Annotated[
        int | None, typer.Option(help="The dice: the same seed plays the same. Default: a new one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a plausible centre: customers call, agents work, in Chinese and English, over the last days.

    Every step is a command that passes the same rules as a person's, by every way that the chart has: answers that are
    accepted and refused, all three tiers, technical cases, transfers, waits, withdrawals, callback visits, reopenings.
    Some tickets are still in work at present, so queues and desks have something to show. The people are invented.

    It adds to whatever is there. Events are final, so use a data folder of its own (ZIXUN_DATA) if you want to keep
    yours clean.

    Examples:

        zixun simulate

        zixun simulate --tickets 1000 --seed 7

        ZIXUN_DATA=/tmp/demo zixun simulate --tickets 50 --json
    """
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(_simulate(tickets, seed, silent=as_json))
    if as_json:
        print(json.dumps(result))
    else:
        _print(result)


async def _simulate(tickets: int, seed: int | None, *, silent: bool) -> dict[str, Any]:
    from services.catching_up import Stalled, catch_up
    from services.simulation.player import Player
    from services.starting import refuse_to_append
    from services.wiring import assemble
    from services.worker import working

    async with session() as opened:
        began = opened.clock.monotonic()
        chosen = int(opened.clock.now().timestamp()) if seed is None else seed
        await refuse_to_append(opened.pool, opened.settings.cluster)
        zixun = await assemble(opened.pool, opened.master_key, opened.clock, opened.settings.cluster)
        with progress_bars(silent=silent) as begin:
            simulated = await Player(zixun).play(tickets, chosen, begin("Tickets played"))
            async with working(zixun):
                try:
                    await catch_up(zixun, begin("Events in all views"))
                except Stalled as stalled:
                    raise Failure(f"Everything is played, but not yet to be seen. {stalled}", Status.FAILED) from None
        return {
            "tickets": simulated.tickets,
            "seed": chosen,
            "commands": dict(sorted(simulated.commands.items())),
            "events": dict(sorted(simulated.events.items())),
            "duration_seconds": round(opened.clock.monotonic() - began, 1),
        }


def _print(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("event", "count")
    for name, count in result["events"].items():
        table.add_row(name, str(count))
    console.print(table)
    console.print(
        f"{result['tickets']} tickets in {result['duration_seconds']} seconds; --seed {result['seed']} plays the same.",
        highlight=False,
    )
    console.print("See what came of it: GET /v1/queues, /v1/figures, /v1/tickets?status=in_work", highlight=False)
