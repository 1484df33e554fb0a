"""One ticket as it is being worked on: what is not asked for is not decoded, and what falls due is reckoned once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sla_svc.adapters.encoding import clocks_encoded, facts_decoded, facts_encoded
from sla_svc.domain.clocks.clock import BREACH, Clock
from sla_svc.domain.clocks.deadlines import Crossing, pending
from sla_svc.domain.clocks.differences import Difference, Said, crossed
from sla_svc.domain.facts import Observed, moment
from sla_svc.ports import TicketRow


@dataclass(slots=True)
class Standing:
    """`said` is what is new and not yet appended."""

    row: TicketRow
    clocks: list[Clock]
    shown: Sequence[Clock]
    """The clocks whose rows are right, unless they have changed since."""
    said: list[Said] = field(default_factory=list)
    _facts: list[Observed] | None = None
    _pending: list[list[Crossing]] | None = None
    """What each clock is still to say."""

    @property
    def facts(self) -> list[Observed]:
        """All that is known of it."""
        if self._facts is None:
            self._facts = facts_decoded(self.row.facts) if self.row.facts else []
        return self._facts

    @property
    def facts_encoded(self) -> bytes:
        """As they are kept; nobody takes any back."""
        return self.row.facts if self._facts is None else facts_encoded(self._facts)

    @property
    def clocks_encoded(self) -> bytes:
        """As they are kept."""
        return clocks_encoded(self.clocks)

    @property
    def knows_its_causes(self) -> bool:
        """Not yet where the stream came back from the log after the store was restored: the facts come once more."""
        known = {fact.event_id for fact in self.facts}
        return all(turn.cause in known for clock in self.clocks for turn in clock.turns)

    @property
    def to_show(self) -> list[Clock]:
        """Those whose rows are to be written: a row does not show warnings."""
        shown = {clock.clock_id: clock for clock in self.shown}
        return [clock for clock in self.clocks if not _is_shown(shown.get(clock.clock_id), clock)]

    @property
    def due_at(self) -> datetime | None:
        """The earliest moment at which something is to be said, be it in the past."""
        return min((moment(each[0].at) for each in self._to_say() if each), default=None)

    @property
    def due_quietly(self) -> datetime | None:
        """The same, if nobody needs to be told what is to be said then."""
        first = [each[0] for each in self._to_say() if each]
        at = min((crossing.at for crossing in first), default=None)
        return None if at is None or any(each.notice for each in first if each.at == at) else moment(at)

    def take(self, found: Difference) -> None:
        """Its clocks were judged again."""
        self.said += found.said
        self.clocks = list(found.clocks)
        self._pending = None

    def fire(self, due: int) -> set[str]:
        """Say what falls due by then; the metrics of the clocks that are breached."""
        breached: set[str] = set()
        for index, to_say in enumerate(self._to_say()):
            while to_say and to_say[0].at <= due:
                crossing = to_say.pop(0)
                said, self.clocks[index] = crossed(self.clocks[index], crossing)
                self.said.append(said)
                if crossing.name == BREACH:
                    breached.add(self.clocks[index].metric)
        return breached

    def _to_say(self) -> list[list[Crossing]]:
        if self._pending is None:
            self._pending = [pending(clock) for clock in self.clocks]
        return self._pending


def _is_shown(shown: Clock | None, clock: Clock) -> bool:
    return shown is clock or (
        shown is not None
        and shown.cycle == clock.cycle
        and shown.turns == clock.turns
        and _breaches(shown) == _breaches(clock)
    )


def _breaches(clock: Clock) -> list[int]:
    return [mark.at for mark in clock.marks if mark.name == BREACH]
