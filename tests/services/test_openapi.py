"""The OpenAPI document has links that lead somewhere, and parameters that can be sent."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.app import create_app
from services.database import connect_pool
from services.settings import Settings
from services.wiring import assemble
from shared_events.clock import SystemClock
from tests.system.declared import Operation, operations
from tests.system.serving import MASTER_KEY


@pytest.fixture
async def document(database: str) -> AsyncIterator[dict[str, Any]]:
    settings = Settings(database_connections_max=4)
    async with await connect_pool(database, settings) as pool:
        yield create_app(await assemble(pool, MASTER_KEY, SystemClock(), None), settings).openapi()


def links(operation: Operation) -> dict[str, Any]:
    return {name: link for said in operation.said["responses"].values() for name, link in said.get("links", {}).items()}


def parameters(operation: Operation) -> set[str]:
    return {f"{each['in']}.{each['name'].lower()}" for each in operation.said.get("parameters", ())}


async def test_every_link_leads_to_an_operation_that_takes_what_it_gives(document: dict[str, Any]) -> None:
    every = {operation.name: operation for operation in operations(document)}
    found = [link for operation in every.values() for link in links(operation).values()]
    assert len(found) > 40
    for link in found:
        given = {name.lower() for name in link["parameters"]}
        assert given <= parameters(every[link["operationId"]]), link


async def test_a_received_consultation_leads_to_everything_that_is_done_to_a_ticket(document: dict[str, Any]) -> None:
    (receive,) = (operation for operation in operations(document) if operation.name == "receive_consultation")
    of_a_ticket = {
        operation.name
        for operation in operations(document)
        if "{ticket_id}" in operation.path and "{n}" not in operation.path
    }
    assert set(links(receive)) == of_a_ticket


async def test_the_app_of_one_service_describes_the_whole_api(database: str, document: dict[str, Any]) -> None:
    settings = Settings(database_connections_max=4)
    async with await connect_pool(database, settings) as pool:
        zixun = await assemble(pool, MASTER_KEY, SystemClock(), None)
        assert create_app(zixun, settings, ["intake"]).openapi() == document


async def test_no_parameter_can_be_null(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for parameter in operation.said.get("parameters", ()):
            assert {"type": "null"} not in parameter["schema"].get("anyOf", ()), (operation.name, parameter["name"])
