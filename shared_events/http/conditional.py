"""Positions and entity tags: how a client says what it has seen (D14)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from shared_events.contracts.envelope import SOURCES, Position
from shared_events.http.problems import Problem
from shared_events.store.partition import PARTITIONS

_A_POSITION: Final = rf"({'|'.join(SOURCES)}):(\d|1[01]):\d{{1,18}}"

POSITIONS_PATTERN: Final = f"^{_A_POSITION}( *, *{_A_POSITION})*$"
"""Of the header `Zixun-Position`, for the OpenAPI document."""

IF_MATCH_PATTERN: Final = r'^"[a-z]{1,32}\.\d{1,9}(-[a-z]{1,32}\.\d{1,9})*"$'
"""Of the header `If-Match`, for the OpenAPI document."""

IF_NONE_MATCH_PATTERN: Final = r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$'
"""Of the header `If-None-Match`, for the OpenAPI document."""

_POSITION: Final = re.compile(r"([a-z]{1,32}):(\d{1,4}):(\d{1,18})")
_EXPECTED_POSITION: Final = (
    f"source:partition:sequence, with one of {', '.join(SOURCES)} and a partition from 0 to {PARTITIONS - 1}"
)
_ETAG: Final = re.compile(r'(?:W/)?"([!#-~\x80-\xff]*)"')
_PART: Final = re.compile(r"([a-z]{1,32})\.(\d{1,9})")


def parse_positions(header: str | None) -> tuple[Position, ...]:
    """The positions of a `Zixun-Position` header, which lists them with commas."""
    if header is None:
        return ()
    positions = []
    for item in header.split(","):
        match = _POSITION.fullmatch(item.strip())
        if match is None or match[1] not in SOURCES or int(match[2]) >= PARTITIONS:
            raise Problem(
                400,
                "INVALID_POSITION",
                "The header Zixun-Position cannot be read.",
                errors=[{"pointer": "Zixun-Position", "expected": _EXPECTED_POSITION, "found": item[:100]}],
            )
        positions.append(Position(match[1], int(match[2]), int(match[3])))
    return tuple(positions)


def etag_of(versions: Mapping[str, int]) -> str:
    """The entity tag of a ticket: the versions of its streams, `"intake.3-routing.7"`."""
    return '"' + "-".join(f"{source}.{versions[source]}" for source in sorted(versions)) + '"'


def etag_matches(header: str | None, etag: str) -> bool:
    """Whether an `If-None-Match` names this tag (weak comparison, as RFC 9110 asks for it)."""
    if header is None:
        return False
    return header.strip() == "*" or etag.strip('"') in {match[1] for match in _ETAG.finditer(header)}


def expected_versions(header: str | None) -> Sequence[Mapping[str, int]]:
    """The vector that an `If-Match` names; none if the header is absent or `*`. Nobody has seen several states."""
    if header is None or header.strip() == "*":
        return ()
    vectors = [_vector(match[1]) for match in _ETAG.finditer(header)]
    if len(vectors) != 1 or None in vectors:
        raise Problem(
            400,
            "INVALID_IF_MATCH",
            "The header If-Match cannot be read.",
            errors=[
                {
                    "pointer": "If-Match",
                    "expected": 'one ETag of a ticket, as "intake.3-routing.7"',
                    "found": header[:100],
                }
            ],
        )
    return [vector for vector in vectors if vector is not None]


def _vector(tag: str) -> Mapping[str, int] | None:
    parts = [_PART.fullmatch(part) for part in tag.split("-")]
    if any(part is None for part in parts):
        return None
    return {part[1]: int(part[2]) for part in _present(parts)}


def _present(parts: Iterable[re.Match[str] | None]) -> Iterable[re.Match[str]]:
    return (part for part in parts if part is not None)
