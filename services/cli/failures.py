"""What can go wrong without being a bug, and the exit status that it ends with."""

from enum import IntEnum


class Status(IntEnum):
    """Exit statuses; the manual lists them."""

    FAILED = 1
    USAGE = 2
    SETTING = 3
    NOT_FOUND = 4
    IN_USE = 5
    DATABASE = 6
    KAFKA = 7


class Failure(Exception):
    """Ends the command with a message on standard error, and a status."""

    def __init__(self, message: str, status: Status) -> None:
        super().__init__(message)
        self.status = status


def as_failure(error: Exception) -> Failure | None:
    """The failure that an error amounts to; none if it is a bug."""
    # Imported only now: these bring the whole program along, and help should be instant.
    from services.access import UnknownPrincipal
    from services.database import DatabaseUnusable
    from services.embedded import EmbeddedFailed
    from services.instance import AlreadyRunning
    from services.master_key import MasterKeyMissing
    from services.settings import SettingsInvalid
    from services.standstill import StillRunning
    from services.unprivileged import NoAccount
    from shared_events.keys import WrongMasterKey
    from shared_events.log.administration import AdministrationRefused, ClusterUnusable
    from shared_events.log.engine import LogElsewhere
    from shared_events.log.port import LogUnfit
    from shared_events.runtime.relay import LogAhead

    match error:
        case Failure():
            return error
        case SettingsInvalid() | MasterKeyMissing() | WrongMasterKey() | LogElsewhere():
            return Failure(str(error), Status.SETTING)
        case UnknownPrincipal():
            return Failure(str(error), Status.NOT_FOUND)
        case AlreadyRunning() | StillRunning():
            return Failure(str(error), Status.IN_USE)
        case DatabaseUnusable() | EmbeddedFailed() | NoAccount() | LogAhead():
            return Failure(str(error), Status.DATABASE)
        case ClusterUnusable() | AdministrationRefused() | LogUnfit():
            return Failure(str(error), Status.KAFKA)
        case _:
            return None
