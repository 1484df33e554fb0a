"""Appends that are made beforehand, so that only the writing is measured."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from intake_svc.domain.number import spoken_number
from shared_events.clock import SystemClock
from shared_events.contracts.intake import Channel, ConsultationReceived, Contact, CustomerMessageReceived
from shared_events.ids import IdSource
from shared_events.keys import PersonKey
from shared_events.runtime.commands import Call, append_of
from shared_events.store.appends import Append, CommandKey, Stream

CUSTOMER: Final = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"
CONTENT: Final = "网关 G2 每天凌晨两点断线,重启后恢复;客户询问是否与固件 2.4.1 有关。"
MESSAGE: Final = "今天早上又断了一次。"

_AT: Final = datetime(2026, 3, 1, 8, tzinfo=UTC)
_BY: Final = "p-0123456789ab"
_KEYS: Final = {CUSTOMER: PersonKey("bench", AESGCM(bytes(32)))}


def receptions(count: int, contacted_at: datetime = _AT) -> Iterator[Append]:
    """Each of one event for a new subject, under a command key of its own."""
    ids = IdSource(SystemClock())
    for serial in range(1, count + 1):
        subject = str(ids.new())
        call = Call(correlation_id=subject, command_key=CommandKey(f"{_BY} receive", subject, bytes(32)))
        yield append_of(Stream(subject), [_received(serial, contacted_at)], call, (_KEYS, ids))


def reception_and_message() -> Append:
    """Two events of one subject."""
    message = CustomerMessageReceived(at=_AT, by=_BY, customer_id=CUSTOMER, channel=Channel.WEB, message=MESSAGE)
    ids = IdSource(SystemClock())
    return append_of(Stream(CUSTOMER), [_received(1), message], Call(CUSTOMER), (_KEYS, ids))


def _received(serial: int, contacted_at: datetime = _AT) -> ConsultationReceived:
    return ConsultationReceived(
        at=contacted_at,
        by=_BY,
        customer_id=CUSTOMER,
        number=spoken_number(serial),
        channel=Channel.TELEPHONE,
        contacted_at=contacted_at,
        contact=Contact(name="陈伟", phone="+86 10 5555 0100"),
        content=CONTENT,
    )
