"""Appends that are made beforehand, so that only the writing is measured."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from intake_svc.domain.number import spoken_number
from shared_events.clock import SystemClock
from shared_events.contracts.intake import Channel, ConsultationReceived, Contact
from shared_events.ids import IdSource
from shared_events.keys import PersonKey
from shared_events.runtime.commands import Call, append_of
from shared_events.store.appends import Append, CommandKey, Stream

CUSTOMER: Final = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"
CONTENT: Final = "网关 G2 每天凌晨两点断线,重启后恢复;客户询问是否与固件 2.4.1 有关。"
_AT: Final = datetime(2026, 3, 1, 8, tzinfo=UTC)


def receptions(count: int) -> Iterator[Append]:
    """Each of one event for a new subject, under a command key of its own."""
    ids = IdSource(SystemClock())
    keys = {CUSTOMER: PersonKey("bench", AESGCM(bytes(32)))}
    for serial in range(1, count + 1):
        subject = str(ids.new())
        event = ConsultationReceived(
            at=_AT,
            by="p-0123456789ab",
            customer_id=CUSTOMER,
            number=spoken_number(serial),
            channel=Channel.TELEPHONE,
            contacted_at=_AT,
            contact=Contact(name="陈伟", phone="+86 10 5555 0100"),
            content=CONTENT,
        )
        call = Call(correlation_id=subject, command_key=CommandKey("p-0123456789ab receive", subject, bytes(32)))
        yield append_of(Stream(subject), [event], call, (keys, ids))
