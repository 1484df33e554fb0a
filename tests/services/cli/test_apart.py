"""Services run apart, as processes of their own on one PostgreSQL, are the same system."""

import base64
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx2

from tests.services.cli.command_line import ROOT, CommandLine, command_line, end

MASTER_KEY = base64.b64encode(bytes(range(32))).decode()


@contextmanager
def process(zixun: CommandLine, database: str, *words: str, **further: str) -> Iterator["subprocess.Popen[str]"]:
    """One part of the system, with further settings; killed at the end if it still runs."""
    settings = {"ZIXUN_DATABASE_URL": database, "ZIXUN_MASTER_KEY": MASTER_KEY, "ZIXUN_LOG_LEVEL": "error", **further}
    child = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", "from services.cli import main; main()", *words],
        cwd=ROOT,
        env=zixun.environment(**settings, ZIXUN_DATABASE_CONNECTIONS_MAX="6"),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def test_a_consultation_walks_through_services_that_run_apart(database: str) -> None:
    settings = {"ZIXUN_DATABASE_URL": database, "ZIXUN_MASTER_KEY": MASTER_KEY}
    with ExitStack() as stack:
        intake, others = (stack.enter_context(command_line()) for _ in range(2))
        made = json.loads(intake("token", "create", "--role", "agent", "--name", "Li", "--json", **settings).out)
        serving = [
            stack.enter_context(process(intake, database, "run", "--only", "intake", "--no-work", "--json")),
            stack.enter_context(
                process(others, database, "run", "--only", "routing", "--only", "ledger", "--no-work", "--json")
            ),
        ]
        worker = stack.enter_context(process(intake, database, "work"))
        for each in serving:
            assert each.stdout is not None
            assert json.loads(each.stdout.readline())["pid"] == each.pid
        with httpx2.Client(headers={"Authorization": f"Bearer {made['token']}"}, timeout=30) as http:
            body = {"channel": "telephone", "content": "网关断线"}
            received = http.post(f"{intake.url}/v1/consultations", json=body)
            ticket = received.json()["ticket_id"]
            kind = {"category": "technical_support", "request_kind": "in_contract_service"}
            classified = http.post(
                f"{intake.url}/v1/consultations/{ticket}/classification",
                json={**kind, "complexity": "simple", "urgency": "normal"},
            )
            seen = {"Zixun-Position": classified.headers["Zixun-Position"]}
            claimed = http.post(f"{others.url}/v1/tickets/{ticket}/assignment", json={}, headers=seen)
            shown = http.get(
                f"{others.url}/v1/tickets/{ticket}", headers={"Zixun-Position": claimed.headers["Zixun-Position"]}
            )
            elsewhere = http.post(f"{intake.url}/v1/tickets/{ticket}/assignment", json={})
        ends = [end(each, signal.SIGTERM) for each in (*serving, worker)]

    assert (shown.json()["status"], shown.json()["agent_id"]) == ("in_work", made["principal_id"])
    assert elsewhere.status_code == 404
    assert ends == [0, 0, 0]


def test_a_service_that_does_not_exist_is_named() -> None:
    with command_line() as zixun:
        refused = zixun("run", "--only", "billing")

    assert refused.status == 2
    assert "expected one of intake, routing, sla, feedback, ledger, found 'billing'" in refused.err
