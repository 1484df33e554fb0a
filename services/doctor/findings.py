"""What the doctor found: for people a sentence, for programs a kind and a place."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can be wrong."""

    MIGRATIONS_BEHIND = "migrations_behind"
    MASTER_KEY = "master_key"
    LOG_ELSEWHERE = "log_elsewhere"
    KAFKA_AWAY = "kafka_away"
    TOPIC_UNFIT = "topic_unfit"
    FOREIGN_ARCHIVE = "foreign_archive"
    STORE_BEHIND = "store_behind"
    STORE_DIFFERS = "store_differs"
    PARTITION_STOPPED = "partition_stopped"
    PARKED = "parked"
    NOBODY_WORKS = "nobody_works"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong. `mending` says what to do; where the doctor did it, `mended` says what was done."""

    kind: Kind
    place: str
    found: str
    mending: str
    mended: str | None = None
    is_note: bool = False
    """Nothing is broken: the system is not running, and work waits."""
