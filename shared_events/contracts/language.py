"""How stored bytes become an event again, whichever release wrote them (D12)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from pydantic import ValidationError

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Draft

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Makes the raw body of one schema version one of the next. It may meet erased personal fields."""


class Undecodable(Exception):
    """The bytes are not an event that this release knows. The message holds no values, which may be personal."""


@dataclass(frozen=True, slots=True)
class Language:
    """Event types by name, and upcasters by the type and the schema version that they start from."""

    kinds: Mapping[str, type[Fact]]
    upcasters: Mapping[tuple[str, int], Upcaster]

    def decode(self, stored: Draft) -> Fact:
        """The event of a stored one; its personal fields stay sealed. Unknown fields are ignored (tolerant reader)."""
        return self.decode_body(stored.type, stored.schema_version, stored.body, at=stored.occurred_at, by=stored.actor)

    def decode_body(self, type_name: str, schema_version: int, body: bytes, *, at: datetime, by: str) -> Fact:
        """As `decode`, from the parts."""
        kind = self.kinds.get(type_name)
        if kind is None:
            raise Undecodable(f"unknown event type {type_name!r}; this release knows {', '.join(sorted(self.kinds))}")
        if not 1 <= schema_version <= kind.schema_version:
            raise Undecodable(
                f"{type_name} has version {schema_version}; this release knows versions 1 to {kind.schema_version}"
            )
        try:
            raw = orjson.loads(body)
            if not isinstance(raw, dict):
                raise _cannot(type_name, schema_version, f"expected a JSON object, found {type(raw).__name__}")
            if schema_version < kind.schema_version:
                raw = self._upcast(raw, kind, schema_version)
            raw["at"], raw["by"] = at, by
            return kind.model_validate(raw)
        except (orjson.JSONDecodeError, ValidationError) as error:
            raise _cannot(type_name, schema_version, _reason(error)) from error

    def _upcast(self, raw: dict[str, Any], kind: type[Fact], schema_version: int) -> dict[str, Any]:
        for version in range(schema_version, kind.schema_version):
            upcast = self.upcasters.get((kind.__name__, version))
            if upcast is None:
                raise _cannot(kind.__name__, schema_version, f"there is no upcaster from version {version}")
            try:
                raw = upcast(raw)
            except Exception as error:
                reason = f"the upcaster from version {version} failed with {type(error).__name__}"
                raise _cannot(kind.__name__, schema_version, reason) from error
        return raw


def _cannot(type_name: str, schema_version: int, reason: str) -> Undecodable:
    return Undecodable(f"{type_name} version {schema_version} cannot be decoded: {reason}")


def _reason(error: orjson.JSONDecodeError | ValidationError) -> str:
    if isinstance(error, ValidationError):
        wrong = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False))
        return "; ".join(wrong)
    return str(error)
