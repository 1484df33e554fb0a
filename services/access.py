"""Bearer tokens (P10): `zx_<id>_<secret>`, of which only the hash is kept, and who they stand for."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from shared_events.clock import Clock
from shared_events.http.access import Principal, Role

CACHE_SECONDS: Final = 5.0
"""How long a revoked token may still be let in."""

_NO_HASH: Final = bytes(32)


class UnknownPrincipal(Exception):
    """A further token was wanted for somebody who has none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A credential, without its secret."""

    token_id: str
    principal_id: str
    name: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal
    secret_hash: bytes
    read_at: float


class Tokens:
    """Makes, lists, revokes and recognises tokens."""

    def __init__(self, pool: asyncpg.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._cache: dict[str, _Known] = {}

    async def create(self, *, role: Role, name: str, principal_id: str | None = None) -> tuple[Token, str]:
        """A new token and its text, which is shown only now; `principal_id` makes it a further one of somebody."""
        if principal_id is not None and not await self._has(principal_id):
            raise UnknownPrincipal(f"Expected the id of a principal that has a token, found {principal_id!r}")
        token_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        row = await self._pool.fetchrow(
            "insert into access.token (token_id, principal_id, name, role, secret_hash, created_at)"
            " values ($1, $2, $3, $4, $5, $6) returning *",
            token_id,
            principal_id or f"p-{secrets.token_hex(6)}",
            name,
            role,
            _hash(secret),
            self._clock.now(),
        )
        assert row is not None, "insert returning gives a row"
        return _token(row), f"zx_{token_id}_{secret}"

    async def list(self) -> Sequence[Token]:
        """All tokens, oldest first, revoked ones too."""
        return [
            _token(row) for row in await self._pool.fetch("select * from access.token order by created_at, token_id")
        ]

    async def revoke(self, token_id: str) -> Token | None:
        """End a token; its moment stays the first one when repeated. None if there is no such token."""
        self._cache.pop(token_id, None)
        row = await self._pool.fetchrow(
            "update access.token set revoked_at = coalesce(revoked_at, $2) where token_id = $1 returning *",
            token_id,
            self._clock.now(),
        )
        return None if row is None else _token(row)

    async def authenticate(self, token: str) -> Principal | None:
        """Who the token stands for; None if it is malformed, unknown or revoked."""
        prefix, _, rest = token.partition("_")
        token_id, _, secret = rest.partition("_")
        if prefix != "zx" or not token_id.isalnum() or not token_id.isascii():
            return None
        known = await self._known(token_id)
        # Compared in any case, so that the time taken does not tell which ids exist.
        fits = hmac.compare_digest(_hash(secret), _NO_HASH if known is None else known.secret_hash)
        return known.principal if known is not None and fits else None

    async def _known(self, token_id: str) -> _Known | None:
        cached = self._cache.get(token_id)
        if cached is not None and self._clock.monotonic() - cached.read_at < CACHE_SECONDS:
            return cached
        self._cache.pop(token_id, None)
        read_at = self._clock.monotonic()
        row = await self._pool.fetchrow(
            "select principal_id, role, secret_hash from access.token where token_id = $1 and revoked_at is null",
            token_id,
        )
        if row is None:
            return None
        known = _Known(Principal(row["principal_id"], Role(row["role"])), row["secret_hash"], read_at)
        self._cache[token_id] = known
        return known

    async def _has(self, principal_id: str) -> bool:
        return (
            await self._pool.fetchval("select true from access.token where principal_id = $1 limit 1", principal_id)
            or False
        )


def _hash(secret: str) -> bytes:
    # The secret has 256 random bits, so it needs no slow hash.
    return hashlib.sha256(secret.encode()).digest()


def _token(row: asyncpg.Record) -> Token:
    return Token(
        token_id=row["token_id"],
        principal_id=row["principal_id"],
        name=row["name"],
        role=Role(row["role"]),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
