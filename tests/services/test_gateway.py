"""One address leads every request to the one service that owns its path, and no other request to anybody."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pytest
from fastapi.routing import APIRoute

from services.app import create_app
from services.gateway import (
    DESCRIBED_BY,
    DESCRIPTION_PATHS,
    OF_EACH_PROCESS,
    Route,
    nginx_configuration,
    pattern_of,
    refuse_ambiguous,
    route_table,
    service_upstreams,
)
from services.settings import Settings
from services.wiring import SERVICES, Zixun, put_together
from shared_events.clock import SystemClock
from tests.system.serving import MASTER_KEY

COMMITTED = Path(__file__).parents[2] / "deploy" / "nginx" / "zixun.conf"
LOCATION = re.compile(r"^    location (=|~) (\S+) \{ proxy_pass http://zixun_(\w+); \}$", re.MULTILINE)
NGINX = """
daemon off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/zixun.conf;
}}
"""


@pytest.fixture
async def zixun() -> Zixun:
    return put_together(asyncpg.create_pool(), MASTER_KEY, SystemClock(), None)


def paths(zixun: Zixun, *services: str) -> set[str]:
    """All that the app of these services answers, of all services if none is named."""
    return {getattr(route, "path", "") for route in create_app(zixun, Settings(), services).routes}


def upstreams_of(path: str, configuration: str) -> list[str]:
    """As nginx chooses: an exact path first, else the first expression that fits; here all that do."""
    exact, patterns = [], []
    for kind, place, service in LOCATION.findall(configuration):
        if kind == "=" and place == path:
            exact.append(service)
        if kind == "~" and re.match(place, path):
            patterns.append(service)
    return exact or patterns


def asked(path: str, **parameters: str) -> str:
    """A request for the path; every parameter has the same value unless it is named."""
    return re.sub(r"\{(\w+)\}", lambda name: parameters.get(name[1], "01a2-x.1"), path)


async def test_the_committed_configuration_is_the_generated_one() -> None:
    made = nginx_configuration(
        await route_table(), service_upstreams(SERVICES), body_bytes_max=Settings().body_bytes_max
    )
    assert COMMITTED.read_text(encoding="utf-8") == made, f"run `zixun gateway nginx > {COMMITTED.name}` in its folder"


async def test_every_path_of_the_whole_leads_to_exactly_its_owner(zixun: Zixun) -> None:
    configuration = COMMITTED.read_text(encoding="utf-8")
    shared = set.intersection(*(paths(zixun, name) for name in SERVICES))
    owners = {path: name for name in SERVICES for path in paths(zixun, name) - shared}
    for path in paths(zixun) - OF_EACH_PROCESS:
        owner = owners.get(path, DESCRIBED_BY)
        assert upstreams_of(asked(path), configuration) == [owner], path
    assert set(owners.values()) == {"intake", "routing", "sla", "feedback", "ledger"}
    assert shared - OF_EACH_PROCESS == set(DESCRIPTION_PATHS)


async def test_what_no_service_answers_leads_nowhere(zixun: Zixun) -> None:
    configuration = COMMITTED.read_text(encoding="utf-8")
    answered = [route.path_regex for route in create_app(zixun, Settings()).routes if isinstance(route, APIRoute)]
    for path in OF_EACH_PROCESS:
        assert upstreams_of(path, configuration) == []
    for known in paths(zixun):
        for path in (f"{asked(known)}/", f"{asked(known)}/x", f"/x{asked(known)}", f"/{asked(known)}"):
            expected = any(pattern.match(path) for pattern in answered)
            assert bool(upstreams_of(path, configuration)) is expected, path


def test_a_path_with_two_owners_is_refused_by_their_names() -> None:
    table = [Route("/v1/tickets/{ticket_id}", "ledger"), Route("/v1/tickets/summary", "sla")]
    with pytest.raises(ValueError, match=re.escape("/v1/tickets/{ticket_id} of ledger and /v1/tickets/summary of sla")):
        refuse_ambiguous(table)
    refuse_ambiguous([Route("/v1/tickets/{ticket_id}", "ledger"), Route("/v1/tickets/{ticket_id}/x", "sla")])


@pytest.mark.parametrize("path", ["/v1/files/{path:path}", "/v1/a b", "/v1/(x)", "v1", "/v1//x", "/v1/;x"])
def test_a_path_that_cannot_be_a_pattern_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="expected plain segments"):
        refuse_ambiguous([Route(path, "ledger")])


async def test_a_pattern_fits_what_the_service_itself_would_answer(zixun: Zixun) -> None:
    routes = [route for route in create_app(zixun, Settings()).routes if isinstance(route, APIRoute)]
    for route in routes:
        for value in ("1", "a.b", "a b", "客户", "%", "a\n", "a/b", ""):
            path = asked(route.path, ticket_id=value, n=value, callback_id=value, agent_id=value)
            assert bool(re.match(pattern_of(route.path), path)) is bool(route.path_regex.match(path)), path


async def test_the_body_size_of_the_settings_and_the_address_are_taken_over() -> None:
    made = nginx_configuration(
        [Route("/v1/x", "intake")], {"intake": "10.0.0.5:81"}, listen="127.0.0.1:8000", body_bytes_max=4096
    )
    for line in ("client_max_body_size 4096;", "listen 127.0.0.1:8000;", "server 10.0.0.5:81;"):
        assert line in made


async def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        pytest.skip("This test asks nginx whether it takes the configuration, and nginx is not installed.")
    # nginx looks the hosts up already when it tests.
    upstreams: Mapping[str, str] = dict.fromkeys(SERVICES, "127.0.0.1:1")
    made = nginx_configuration(await route_table(), upstreams, listen="127.0.0.1:1", body_bytes_max=1024)
    (tmp_path / "zixun.conf").write_text(made, encoding="utf-8")
    (tmp_path / "nginx.conf").write_text(NGINX.format(folder=tmp_path), encoding="utf-8")
    command = [nginx, "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, check=False, text=True, capture_output=True)  # noqa: ASYNC221 - a test may block
    assert done.returncode == 0, done.stderr
