"""One address for services that run apart: which service owns which path, and the nginx configuration that says so."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import asyncpg
from fastapi.routing import APIRoute

from services.settings import MASTER_KEY_BYTES
from services.wiring import put_together
from shared_events.clock import SystemClock

DESCRIBED_BY: Final = "ledger"
"""The service that answers for the page of the API; every service describes the whole of it."""

DESCRIPTION_PATHS: Final = (
    "/",
    "/docs",
    "/openapi.json",
    "/swagger/swagger-ui-bundle.js",
    "/swagger/swagger-ui.css",
    "/swagger/favicon-32x32.png",
)

OF_EACH_PROCESS: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""What is asked of every process by itself, and never through the gateway; it has a `/livez` of its own."""

PORT: Final = 8080
SERVICE_PORT: Final = 8000

_PARAMETER: Final = re.compile(r"\{[a-z_]+\}")
_PATH: Final = re.compile(r"(?:/(?:[A-Za-z0-9.-]+|\{[a-z_]+\}))+|/")

_UNKNOWN_OUTCOME: Final = (
    "If this was a write, it is not known whether it happened: repeat it with the same Idempotency-Key, "
    "which never makes a second event."
)


@dataclass(frozen=True, slots=True)
class Route:
    """A path, with its parameters in braces, and the service that owns it."""

    path: str
    service: str


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What the gateway says by itself when nginx has found `causes`."""

    status: int
    causes: tuple[int, ...]
    code: str
    title: str
    detail: str | None = None


_REFUSALS: Final = (
    _Refusal(400, (400,), "BAD_REQUEST", "Bad Request", "This is not a request of HTTP."),
    _Refusal(404, (403, 404), "NOT_FOUND", "Not Found", "Nothing is found at this path."),
    _Refusal(405, (405,), "METHOD_NOT_ALLOWED", "Method Not Allowed"),
    _Refusal(413, (413,), "BODY_TOO_LARGE", "The body is too large."),
    _Refusal(414, (414,), "URI_TOO_LONG", "URI Too Long"),
    _Refusal(431, (494,), "REQUEST_HEADER_FIELDS_TOO_LARGE", "Request Header Fields Too Large"),
    _Refusal(500, (500,), "INTERNAL_ERROR", "Something is wrong on our side."),
    _Refusal(501, (501,), "NOT_IMPLEMENTED", "Not Implemented"),
    _Refusal(503, (502, 503, 504), "UNAVAILABLE", "The service cannot be reached just now.", _UNKNOWN_OUTCOME),
)


async def route_table() -> tuple[Route, ...]:
    """Every path that a client may ask for, in order. It is read off the services, which are built for it unopened."""
    zixun = put_together(asyncpg.create_pool(), bytes(MASTER_KEY_BYTES), SystemClock(), None)
    owned = {
        Route(route.path, name)
        for name, service in zixun.services.items()
        for route in service.router.routes
        if isinstance(route, APIRoute)
    }
    table = sorted({*owned, *(Route(path, DESCRIBED_BY) for path in DESCRIPTION_PATHS)}, key=lambda route: route.path)
    refuse_ambiguous(table)
    return tuple(table)


def refuse_ambiguous(table: Sequence[Route]) -> None:
    """ValueError where a request could belong to two services, or a path cannot be written as a pattern."""
    for route in table:
        if not _PATH.fullmatch(route.path):
            raise ValueError(f"{route.path} of {route.service}: expected plain segments and {{parameters}}")
    for one, other in combinations(table, 2):
        if one.service != other.service and _may_meet(one.path, other.path):
            raise ValueError(
                f"Expected every path to have one owner, found {one.path} of {one.service} and {other.path} of "
                f"{other.service}, which fit the same request."
            )


def pattern_of(path: str) -> str:
    """The regular expression of a path, as Starlette reads it: a parameter is one segment."""
    return f"^{_PARAMETER.sub('[^/]+', path.replace('.', '[.]'))}$"


def nginx_configuration(
    table: Sequence[Route], upstreams: Mapping[str, str], *, listen: str = str(PORT), body_bytes_max: int
) -> str:
    """What belongs into the `http` block of nginx; `upstreams` has `host:port` for every service of the table."""
    services = sorted({route.service for route in table})
    blocks = [_HEAD, *(_upstream(name, upstreams[name]) for name in services), _server(listen, body_bytes_max)]
    locations = [_location(route) for route in table]
    refusals = [_refusal(each) for each in _REFUSALS]
    return "\n".join([*blocks, *locations, *refusals, "}\n"])


def service_upstreams(services: Sequence[str]) -> dict[str, str]:
    """Where they are found if nobody says otherwise: each is a host of its own name, as in deploy/compose.yaml."""
    return {name: f"{name}:{SERVICE_PORT}" for name in services}


def _may_meet(one: str, other: str) -> bool:
    left, right = one.split("/"), other.split("/")
    return len(left) == len(right) and all(a == b or "{" in a or "{" in b for a, b in zip(left, right, strict=True))


def _upstream(service: str, address: str) -> str:
    return f"""
upstream zixun_{service} {{
    server {address};
    keepalive 32;
    keepalive_timeout 4s; # less than the 5 s after which a service closes, or a write could meet a closed connection
}}"""


def _location(route: Route) -> str:
    place = f"~ {pattern_of(route.path)}" if _PARAMETER.search(route.path) else f"= {route.path}"
    return f"    location {place} {{ proxy_pass http://zixun_{route.service}; }}"


def _refusal(refusal: _Refusal) -> str:
    document = {
        "type": f"urn:zixun:problem:{refusal.code.lower()}",
        "title": refusal.title,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
        "instance": "$zixun_request_id",
    }
    body = json.dumps({name: value for name, value in document.items() if value is not None}, separators=(",", ":"))
    retry = "        add_header Retry-After 1 always;\n" if refusal.status == 503 else ""
    place = f"/_refusal/{refusal.status}"
    causes = " ".join(map(str, refusal.causes))
    return f"""
    error_page {causes} ={refusal.status} {place};
    location = {place} {{
        internal;
        add_header X-Request-ID $zixun_request_id always;
{retry}        return {refusal.status} '{body}';
    }}"""


_HEAD: Final = r"""# Generated by `zixun gateway nginx` from the routes of the services; a test compares the two.
# It belongs into the http block of nginx 1.22 or later. Only what is listed here is let through.

# The id under which a request is found in every log; that of the caller if it is well formed.
map $http_x_request_id $zixun_request_id {
    default $request_id;
    "~^[A-Za-z0-9._:-]{1,100}$" $http_x_request_id;
}

# No path, no query and no address: any of them may tell who somebody is.
log_format zixun escape=json
    '{"request_id":"$zixun_request_id","status":$status,'
    '"seconds":$request_time,"upstream":"$proxy_host"}';"""


def _server(listen: str, body_bytes_max: int) -> str:
    return f"""
server {{
    listen {listen};
    server_tokens off;
    merge_slashes off; # a path is let in as it is listed, or not at all
    default_type application/problem+json;
    access_log /dev/stdout zixun;
    error_log stderr crit; # what is less quotes the request

    client_max_body_size {body_bytes_max};
    # Requests and answers have personal texts: they stay in memory, and never lie in temporary files.
    client_body_buffer_size {body_bytes_max};
    proxy_max_temp_file_size 0;

    # All else that the caller sends, such as traceparent and tracestate, is passed on as it is.
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Connection "";
    proxy_set_header X-Request-ID $zixun_request_id;
    proxy_connect_timeout 5s;
    proxy_read_timeout 60s;

    location / {{ return 404; }}
    location = /livez {{ return 204; }}"""
