"""Personal data at rest: sealed before it is stored, under one key per person, wrapped by a master key (D18)."""

import asyncio
import base64
import hashlib
import os
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared_events.clock import Clock
from shared_events.contracts.base import ERASED, Fact
from shared_events.contracts.personal import personal_paths, replace_personal
from shared_events.store.batcher import Batcher

TOKEN_PREFIX: Final = "zx1"  # noqa: S105 - the name of a format, not a secret
UNREADABLE: Final = "[unreadable]"
"""What a personal field reads as whose seal does not fit: it was altered, or stands where it was not put."""

_WRAPPED_FORM: Final = b"\x01"
_NONCE_BYTES: Final = 12
_CACHE_SECONDS: Final = 5.0
_CACHED_MAX: Final = 20_000

RESERVED: Final = 32
"""So many new persons get their keys by one statement, which for each of them would be a tenth of a reception."""


class WrongMasterKey(Exception):
    """The master key is not the one under which the keys were wrapped."""


class BrokenKey(Exception):
    """The stored key of one person cannot be unwrapped: it was altered, or put in the place of another."""


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A person's key, ready for use; `cipher` is none once it was erased."""

    key_id: str
    cipher: AESGCM | None


class KeyRing:
    """Finds, makes and caches the keys of persons."""

    def __init__(self, pool: asyncpg.Pool, master_key: bytes, clock: Clock) -> None:
        self._pool = pool
        self._master = AESGCM(master_key)
        self._master_id = hashlib.sha256(b"zixun.master.1" + master_key).digest()[:8]
        self._clock = clock
        self._by_person: OrderedDict[str, tuple[float, PersonKey]] = OrderedDict()
        self._by_id: OrderedDict[str, tuple[float, PersonKey]] = OrderedDict()
        self._making: Batcher[str, PersonKey] = Batcher(self._find_or_make)
        self._reserve: list[tuple[str, PersonKey]] = []
        self._reserving = asyncio.Lock()

    async def of_person(self, person: str) -> PersonKey:
        """The key of a person, made now if there was none."""
        cached = self._cached(self._by_person, person)
        return cached if cached is not None else await self._making.submit(person)

    async def new_person(self, new_id: Callable[[], str]) -> str:
        """The id of a person whom nobody knows yet, with a key that is on disk already.

        What is left of a reserve when the process ends belongs to nobody, and never will.
        """
        while not self._reserve:
            async with self._reserving:
                if not self._reserve:
                    persons = [new_id() for _ in range(RESERVED)]
                    keys = await self._find_or_make(persons)
                    found = zip(persons, keys, strict=True)
                    self._reserve = [(person, key) for person, key in found if isinstance(key, PersonKey)]
        person, key = self._reserve.pop()
        self._keep(person, key)
        return person

    async def of_persons(self, persons: Iterable[str]) -> dict[str, PersonKey]:
        """The keys of many persons at once."""
        wanted = sorted(set(persons))
        keys = await asyncio.gather(*(self.of_person(person) for person in wanted))
        return dict(zip(wanted, keys, strict=True))

    async def open_all(self, tokens: Iterable[str]) -> dict[str, str]:
        """From sealed tokens to their texts; `ERASED` where the key is gone, `UNREADABLE` where the seal is broken."""
        key_of = {token: _key_id(token) for token in tokens}
        # Kept apart from the cache, which may forget a key while another one is fetched.
        keys: dict[str, PersonKey | BrokenKey | None] = {
            key_id: self._cached(self._by_id, key_id) for key_id in set(key_of.values()) - {""}
        }
        missing = sorted(key_id for key_id, key in keys.items() if key is None)
        if missing:
            keys.update(zip(missing, await self._find(missing), strict=True))
        return {token: open_token(token, keys.get(key_id)) for token, key_id in key_of.items()}

    async def check(self) -> None:
        """Refuse to go on with a master key that cannot unwrap what is there."""
        row = await self._pool.fetchrow(
            "select key_id, person, wrapped from keys.person_key where wrapped is not null limit 1"
        )
        if row is not None:
            self._unwrap(row)

    async def _find_or_make(self, persons: Sequence[str]) -> list[PersonKey | BrokenKey]:
        made = {person: (_new_key_id(), os.urandom(32)) for person in sorted(set(persons))}
        rows = await self._pool.fetch(
            """
            insert into keys.person_key (person, key_id, wrapped, created_at)
            select * from unnest($1::text[], $2::text[], $3::bytea[], $4::timestamptz[])
            on conflict (person) do nothing
            returning person
            """,
            list(made),
            [key_id for key_id, _ in made.values()],
            [self._wrap(person, key_id, key) for person, (key_id, key) in made.items()],
            [self._clock.now()] * len(made),
        )
        found: dict[str, PersonKey | BrokenKey] = {}
        for person in (row["person"] for row in rows):
            key_id, key = made.pop(person)
            found[person] = self._keep(person, PersonKey(key_id, AESGCM(key)))
        if made:  # somebody made them before
            known = await self._pool.fetch(
                "select key_id, person, wrapped from keys.person_key where person = any($1)", list(made)
            )
            found.update((row["person"], self._remembered(row)) for row in known)
        return [found[person] for person in persons]

    async def _find(self, key_ids: Sequence[str]) -> list[PersonKey | BrokenKey | None]:
        rows = await self._pool.fetch(
            "select key_id, person, wrapped from keys.person_key where key_id = any($1)", list(key_ids)
        )
        found = {row["key_id"]: self._remembered(row) for row in rows}
        return [found.get(key_id) for key_id in key_ids]

    def _remembered(self, row: asyncpg.Record) -> PersonKey | BrokenKey:
        try:
            cipher = None if row["wrapped"] is None else AESGCM(self._unwrap(row))
        except BrokenKey as broken:
            return broken
        return self._keep(row["person"], PersonKey(row["key_id"], cipher))

    def _keep(self, person: str, key: PersonKey) -> PersonKey:
        until = self._clock.monotonic() + _CACHE_SECONDS
        for cache, name in ((self._by_person, person), (self._by_id, key.key_id)):
            cache[name] = (until, key)
            if len(cache) > _CACHED_MAX:
                cache.popitem(last=False)
        return key

    def _cached(self, cache: OrderedDict[str, tuple[float, PersonKey]], name: str) -> PersonKey | None:
        until, key = cache.get(name, (0.0, None))
        return key if until > self._clock.monotonic() else None

    def _wrap(self, person: str, key_id: str, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _WRAPPED_FORM + self._master_id + nonce + self._master.encrypt(nonce, key, _wrapped_for(person, key_id))

    def _unwrap(self, row: asyncpg.Record) -> bytes:
        wrapped = row["wrapped"]
        form, master_id, nonce, sealed = wrapped[:1], wrapped[1:9], wrapped[9:21], wrapped[21:]
        if form == _WRAPPED_FORM and master_id != self._master_id:
            raise WrongMasterKey(
                f"the master key is {self._master_id.hex()}, but person keys were wrapped by {master_id.hex()}"
            )
        try:
            return self._master.decrypt(nonce, sealed, _wrapped_for(row["person"], row["key_id"]))
        except (InvalidTag, ValueError) as error:
            raise BrokenKey(
                f"the key {row['key_id']} was altered, or belongs to another person than its row says; "
                "bring the row back from a backup"
            ) from error


def seal(
    fact: Fact,
    event_id: UUID,
    key: PersonKey | None,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """The body of an event as it is stored: UTF-8 JSON, its personal fields sealed.

    A sealed field reads `zx1:KEY:EVENT:FIELD:BASE64(nonce, ciphertext, tag)`, AES-256-GCM with all that stands before
    the last colon as associated data; so it can be opened wherever it was copied to, but not be passed for another.
    """
    raw = fact.model_dump(mode="json", exclude_none=True)
    if personal_paths(type(fact)):

        def sealed(path: str, value: str) -> str:
            return _sealed(value, f"{event_id}:{path}", key, random_bytes(_NONCE_BYTES))

        replace_personal(type(fact), raw, sealed)
    return orjson.dumps(raw)


def open_token(token: str, key: PersonKey | BrokenKey | None) -> str:
    """The text of a sealed field, `ERASED` or `UNREADABLE`."""
    if token == ERASED:
        return ERASED
    prefix, _, encoded = token.rpartition(":")
    if not prefix.startswith(TOKEN_PREFIX + ":"):
        return UNREADABLE
    if not isinstance(key, PersonKey):
        return UNREADABLE  # an erased key leaves its row behind, so none means that there never was one
    if key.cipher is None:
        return ERASED
    try:
        sealed = base64.urlsafe_b64decode(encoded)
        if base64.urlsafe_b64encode(sealed) != encoded.encode():
            return UNREADABLE  # decoding passes over what is not base64
        return key.cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], prefix.encode()).decode()
    except (InvalidTag, ValueError):
        return UNREADABLE


def _sealed(value: str, place: str, key: PersonKey | None, nonce: bytes) -> str:
    assert key is not None, "a fact with personal values is sealed with its person's key"
    if key.cipher is None:
        return ERASED
    prefix = f"{TOKEN_PREFIX}:{key.key_id}:{place}"
    sealed = nonce + key.cipher.encrypt(nonce, value.encode(), prefix.encode())
    return f"{prefix}:{base64.urlsafe_b64encode(sealed).decode()}"


def _key_id(token: str) -> str:
    parts = token.split(":", 2)
    return parts[1] if len(parts) == 3 and parts[0] == TOKEN_PREFIX else ""


def _new_key_id() -> str:
    return secrets.token_urlsafe(12)


def _wrapped_for(person: str, key_id: str) -> bytes:
    return f"zixun.key.1|{person}|{key_id}".encode()
