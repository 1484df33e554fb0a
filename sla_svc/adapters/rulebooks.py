"""The rulebook as a worker has it: what is shipped, and what was published since, read again from time to time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, TypeVar

from shared_events.clock import Clock
from shared_events.contracts import decode
from shared_events.contracts.sla import PolicyPublished
from shared_events.store.appends import Stream
from shared_events.store.port import Store
from sla_svc.adapters.calendars import compiled
from sla_svc.adapters.documents import read_document
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.calendars.document import CalendarDocument
from sla_svc.domain.facts import seconds
from sla_svc.domain.policies.compilation import policy_of
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.publishing import DECIDER, SUBJECT, Published
from sla_svc.domain.rulebook import Edition, Rulebook
from sla_svc.ports import Rulebooks as RulebooksPort

Done = TypeVar("Done")

READ_AGAIN_SECONDS: Final = 10.0
"""Far less than the time between a policy's publication and its effect."""

SHIPPED_POLICY: Final = "policy-cs-ta06-24.yaml"
SHIPPED_CALENDARS: Final = {"always": "calendar-always-1.json", "china": "calendar-china-1.json"}
"""Released with their dates, and never edited: clocks of the past are measured by them."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The rulebook, and what it was made from. There is one object for each version, compared and hashed as such."""

    rulebook: Rulebook
    published: Published
    calendars: Mapping[tuple[str, str], Calendar]
    """All versions."""
    version: int

    def calendars_by_name(self) -> Mapping[str, Calendar]:
        """As a policy gets them that is published now: a published one hides a shipped one of its name."""
        published = {each.name: self.calendars[each.name, each.version] for each in self.published.calendars}
        return shipped_by_name() | published


class Rulebooks:
    """Reads the stream of the rulebook, and compiles what is new in it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: Known | None = None
        self._read_at = float("-inf")
        self._compiling = asyncio.Lock()

    async def current(self, *, fresh: bool = False) -> Rulebook:
        """As it was at most ten seconds ago; `fresh`: as it is now."""
        return (await self.known(fresh=fresh)).rulebook

    async def known(self, *, fresh: bool = False) -> Known:
        """The same with its source. `fresh`: as it is now."""
        now = self._clock.monotonic()
        if self._known is None or fresh or now - self._read_at >= READ_AGAIN_SECONDS:
            stream = await self._store.load(SUBJECT)
            async with self._compiling:
                # Whoever waited here may have read less than was compiled meanwhile.
                if self._known is None or stream.version > self._known.version:
                    self._known = await self._after(stream)
            self._read_at = now
        return self._known

    async def _after(self, stream: Stream) -> Known:
        if not stream.events:
            return _made(stream, self._known)
        # Beside the loop that answers others, and fires what falls due: the documents of years are a second's work.
        return await asyncio.to_thread(_made, stream, self._known)


async def by_rulebook(rulebooks: RulebooksPort, work: Callable[[Rulebook], Awaitable[Done]]) -> Done:
    """Another process may go by what was published a moment ago: then once more, by the rulebook as it is now."""
    try:
        return await work(await rulebooks.current())
    except LookupError:
        return await work(await rulebooks.current(fresh=True))


def rulebook_of(
    published: Published, calendars: Mapping[tuple[str, str], Calendar], before: Rulebook | None = None
) -> Rulebook:
    """What is shipped, from the beginning of time, and what was published.

    No version is ever edited: one that was compiled before is kept, with all that it remembers.
    """
    known = {} if before is None else {(each.policy.name, each.policy.version): each for each in before.editions()}
    made = [known.get((each.name, each.version)) or _edition(each, calendars) for each in published.policies]
    return Rulebook([shipped_edition(), *made])


def calendars_of(
    published: Published, before: Mapping[tuple[str, str], Calendar] = MappingProxyType({})
) -> Mapping[tuple[str, str], Calendar]:
    """By name and version, the shipped ones too. One that was compiled before is kept."""
    calendars = {**shipped_versions(), **before}
    for each in published.calendars:
        if (each.name, each.version) not in calendars:
            document = CalendarDocument.model_validate_json(each.document)
            calendars[each.name, each.version] = compiled(each.name, document)
    return calendars


@cache
def shipped_edition() -> Edition:
    """The policy that applies until a centre publishes its own."""
    document = shipped_policy()
    return Edition(policy_of(document, version=str(document.version)), shipped_by_name())


@cache
def shipped_policy() -> PolicyDocument:
    """As it is written."""
    return read_document(_text(SHIPPED_POLICY), SHIPPED_POLICY, PolicyDocument)


@cache
def shipped_versions() -> Mapping[tuple[str, str], Calendar]:
    """The shipped calendars by name and version."""
    made = (compiled(name, _read(file, CalendarDocument)) for name, file in SHIPPED_CALENDARS.items())
    return {(calendar.name, calendar.version): calendar for calendar in made}


def shipped_by_name() -> dict[str, Calendar]:
    """The shipped calendars, of which there is one version each."""
    return {calendar.name: calendar for calendar in shipped_versions().values()}


def _made(stream: Stream, before: Known | None) -> Known:
    published = DECIDER.fold(Published(), [decode(stored) for stored in stream.events])  # type: ignore[misc] # the stream holds nothing else
    calendars = calendars_of(published, {} if before is None else before.calendars)
    rulebook = rulebook_of(published, calendars, None if before is None else before.rulebook)
    return Known(rulebook, published, calendars, stream.version)


def _edition(policy: PolicyPublished, calendars: Mapping[tuple[str, str], Calendar]) -> Edition:
    document = PolicyDocument.model_validate_json(policy.document)
    made = policy_of(document, version=policy.version, effective_from=seconds(policy.effective_from))
    return Edition(made, {each.name: calendars[each.name, each.version] for each in policy.calendars})


def _read(file: str, model: type[CalendarDocument]) -> CalendarDocument:
    return model.model_validate_json(_text(file))


def _text(file: str) -> str:
    return (files("sla_svc") / "shipped" / file).read_text(encoding="utf-8")
