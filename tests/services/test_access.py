"""No token, no entry: only an exact, living token stands for somebody, and at rest nobody can read one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.access import CACHE_SECONDS, Tokens, UnknownPrincipal
from services.database import connect_pool
from services.settings import Settings
from shared_events.http.access import Role


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        yield pool


async def test_a_token_stands_for_an_opaque_id_and_a_role(pool: asyncpg.Pool) -> None:
    tokens = Tokens(pool, HandClock())
    made, text = await tokens.create(role=Role.LEAD, name="Wang Fang")
    principal = await tokens.authenticate(text)
    assert principal is not None
    assert (principal.id, principal.role) == (made.principal_id, Role.LEAD)
    assert "Wang" not in principal.id


async def test_nothing_but_the_exact_token_gets_in(pool: asyncpg.Pool) -> None:
    tokens = Tokens(pool, HandClock())
    made, text = await tokens.create(role=Role.ADMIN, name="a")
    _, other = await tokens.create(role=Role.ADMIN, name="b")
    attempts = ["", "zx", "zx_", "zx__", text[:-1], text + "x", text.upper(), text.replace("zx_", "zy_"), " " + text]
    attempts += [
        f"zx_{made.token_id}_",
        f"zx_{made.token_id}_{other.rpartition('_')[2]}",
        "zx_ffffffffffff_" + "x" * 43,
    ]
    attempts += [f"zx_{made.token_id}%_x", "zx_\0_x", "zx_'; drop table access.token; --_x", "zx_é_x"]
    assert [attempt for attempt in attempts if await tokens.authenticate(attempt) is not None] == []
    assert await tokens.authenticate(text) is not None


async def test_a_revoked_token_gets_in_nowhere_after_five_seconds(pool: asyncpg.Pool) -> None:
    clock = HandClock()
    here, elsewhere = Tokens(pool, clock), Tokens(pool, clock)
    made, text = await here.create(role=Role.AGENT, name="a")
    assert await here.authenticate(text) is not None
    assert await elsewhere.authenticate(text) is not None
    revoked = await here.revoke(made.token_id)
    assert revoked is not None
    assert await here.authenticate(text) is None
    clock.seconds += CACHE_SECONDS
    assert await elsewhere.authenticate(text) is None


async def test_revoking_again_keeps_the_first_moment(pool: asyncpg.Pool) -> None:
    clock = HandClock()
    tokens = Tokens(pool, clock)
    made, _ = await tokens.create(role=Role.AGENT, name="a")
    first = await tokens.revoke(made.token_id)
    clock.seconds += 60
    assert await tokens.revoke(made.token_id) == first
    assert await tokens.revoke("unknown") is None


async def test_a_further_token_of_somebody_keeps_who_they_are(pool: asyncpg.Pool) -> None:
    tokens = Tokens(pool, HandClock())
    first, _ = await tokens.create(role=Role.AGENT, name="laptop")
    second, _ = await tokens.create(role=Role.AGENT, name="telephone", principal_id=first.principal_id)
    assert second.principal_id == first.principal_id
    with pytest.raises(UnknownPrincipal, match="found 'p-nobody'"):
        await tokens.create(role=Role.AGENT, name="c", principal_id="p-nobody")


async def test_the_database_holds_no_secret(pool: asyncpg.Pool) -> None:
    _, text = await Tokens(pool, HandClock()).create(role=Role.AGENT, name="a")
    secret = text.split("_", 2)[2]
    row = await pool.fetchval("select token::text from access.token")
    assert secret not in row
    assert secret.encode().hex() not in row


async def test_the_list_has_all_oldest_first(pool: asyncpg.Pool) -> None:
    clock = HandClock()
    tokens = Tokens(pool, clock)
    for name in ("first", "second", "third"):
        await tokens.create(role=Role.OPS, name=name)
        clock.seconds += 1
    assert [token.name for token in await tokens.list()] == ["first", "second", "third"]
