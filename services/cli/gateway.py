"""`zixun gateway …`: how one address leads to services that run apart."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.failures import Failure, Status
from services.settings import load_settings

if TYPE_CHECKING:
    from services.gateway import Route


def build() -> typer.Typer:
    """The verbs about the gateway."""
    app = typer.Typer(help="Lead one address to services that run apart.", no_args_is_help=True)
    app.command("nginx")(nginx)
    app.command("routes")(routes)
    return app


def nginx(
    upstream: Annotated[
        list[str] | None,
        typer.Option(help="Where a service listens, `intake=10.0.0.5:8001`; repeat it. Else its name, port 8000."),
    ] = None,
    listen: Annotated[str, typer.Option(help="What nginx listens on: a port, or an address and a port.")] = "8080",
) -> None:
    """Print the configuration that makes nginx the gateway; it belongs into the `http` block.

    Every path leads to the one service that owns it, and no path is open that no service has. The largest body is the
    one of the settings.

    Examples:

        zixun gateway nginx > deploy/nginx/zixun.conf

        zixun gateway nginx --listen 127.0.0.1:8000 --upstream intake=127.0.0.1:8001 --upstream routing=127.0.0.1:8002
    """
    from services.gateway import nginx_configuration, route_table, service_upstreams

    settings, table = load_settings(), asyncio.run(route_table())
    owners = sorted({route.service for route in table})
    upstreams = {**service_upstreams(owners), **_upstreams(upstream or [], owners)}
    print(nginx_configuration(table, upstreams, listen=listen, body_bytes_max=settings.body_bytes_max), end="")


def routes(as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False) -> None:
    """Print which service owns which path, for a gateway of another kind.

    Examples:

        zixun gateway routes

        zixun gateway routes --json
    """
    from services.gateway import route_table

    table = asyncio.run(route_table())
    if as_json:
        print(json.dumps([_document(route) for route in table]))
        return
    for route in table:
        print(f"{route.service:10}{route.path}")


def _document(route: "Route") -> Mapping[str, str]:
    from services.gateway import pattern_of

    return {"path": route.path, "pattern": pattern_of(route.path), "service": route.service}


def _upstreams(given: Sequence[str], owners: Sequence[str]) -> Mapping[str, str]:
    named = {}
    for each in given:
        service, _, address = each.partition("=")
        if service not in owners or not address:
            raise Failure(
                f"--upstream: expected SERVICE=HOST:PORT with one of {', '.join(owners)}, found {each!r}.", Status.USAGE
            )
        named[service] = address
    return named
