"""A centre for the tests that ask for one: all services, relays and consumers on a database of their own."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.system.crash.victim import none_left
from tests.system.declared import Declared
from tests.system.serving import Centre, serving


@pytest.fixture(autouse=True)
def no_process_left_behind() -> Iterator[None]:
    """Also of a test that fails."""
    with none_left():
        yield


@pytest.fixture
async def centre(database: str) -> AsyncIterator[Centre]:
    """The whole system at work."""
    async with serving(database) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_centre(module_database: str) -> AsyncIterator[Centre]:
    """One for all tests of a module, each of which brings its own tickets. Whatever it answers has to be declared."""
    async with serving(module_database) as running:
        running.http.event_hooks = {"response": [Declared(running.app.openapi()).check]}
        yield running
