"""Opaque, signed cursors for keyset pages; one made for other filters or by another system is refused."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from shared_events.http.problems import Problem

_SIGNATURE_BYTES: Final = 16


class Cursors:
    """Writes and reads cursors with one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, filters: Mapping[str, Any], key: Sequence[Any]) -> str:
        """The cursor that goes on after the row with this sort key, under these filters."""
        payload = orjson.dumps(list(key))
        return _written(self._signature(filters, payload) + payload)

    def verify(self, filters: Mapping[str, Any], cursor: str) -> list[Any]:
        """The sort key inside a cursor."""
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            raw = b""
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        genuine = hmac.compare_digest(signature, self._signature(filters, payload))
        # Base64 can be written in several ways, with other last bits or with signs that decoders pass over.
        if not genuine or _written(raw) != cursor:
            raise Problem(
                400,
                "INVALID_CURSOR",
                "The cursor was not made here for these filters.",
                errors=[
                    {"pointer": "cursor", "expected": "a next_cursor, with unchanged filters", "found": cursor[:100]}
                ],
            )
        key: list[Any] = orjson.loads(payload)
        return key

    def _signature(self, filters: Mapping[str, Any], payload: bytes) -> bytes:
        bound = orjson.dumps(dict(filters), option=orjson.OPT_SORT_KEYS, default=str)
        return hmac.digest(self._secret, bound + b"\n" + payload, hashlib.sha256)[:_SIGNATURE_BYTES]


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
