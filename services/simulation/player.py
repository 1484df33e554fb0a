"""Plays many tickets into the stores: each group in one transaction over all services."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from intake_svc.adapters.serials import Serials
from services.simulation.diary import CENTRE_TIME
from services.simulation.dice import dice
from services.simulation.life import live
from services.simulation.people import Customer, customer
from services.simulation.stage import DECIDERS, Reactions, Stage
from services.wiring import Zixun

TICKETS_PER_DAY: Final = 40
DAYS_MIN: Final = 7
DAYS_MAX: Final = 30
"""A small simulation is of few days, so that some of its tickets are still in work at present."""

GROUP: Final = 64
CUSTOMERS_PER_TICKET: Final = 0.7
"""Some customers call more than once."""

_BUSY: Final = {8: 4, 9: 9, 10: 11, 11: 9, 12: 5, 13: 6, 14: 9, 15: 10, 16: 9, 17: 7, 18: 4, 19: 3}
"""How many of a day's calls come in each hour of the centre's day, in proportion."""
_WEEKEND_SHARE: Final = 0.35


@dataclass(slots=True)
class Simulated:
    """What was played: how many tickets, commands by name, events by type."""

    tickets: int = 0
    commands: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls when, and with which dice."""

    at: datetime
    customer: Customer
    random: Random


def calls(tickets: int, seed: int, until: datetime) -> Iterator[Call]:
    """The same for the same seed and the same present, in the order of time."""
    random = dice(seed, "calls")
    days = max(DAYS_MIN, min(DAYS_MAX, tickets // TICKETS_PER_DAY))
    moments = sorted(_moment(random, until, days) for _ in range(tickets))
    customers = max(1, round(tickets * CUSTOMERS_PER_TICKET))
    for number, moment in enumerate(moments):
        yield Call(moment, customer(seed, random.randrange(customers)), dice(seed, f"ticket/{number}"))


class Player:
    """Plays into a system; its relays and consumers are others' work."""

    def __init__(self, zixun: Zixun) -> None:
        self._zixun = zixun
        self._serials = Serials(zixun.pool)
        self._reactions: Reactions = {name: service.reactions for name, service in zixun.services.items()}

    async def play(self, tickets: int, seed: int, report: Callable[[int, int], None]) -> Simulated:
        """So many tickets; `report` is told after each group how many of them are played."""
        simulated = Simulated()
        until = self._zixun.clock.now()
        group: list[Call] = []
        for call in calls(tickets, seed, until):
            group.append(call)
            if len(group) == min(GROUP, tickets - simulated.tickets):
                await self._play_group(group, until, simulated)
                group.clear()
                report(simulated.tickets, tickets)
        return simulated

    async def _play_group(self, group: Sequence[Call], until: datetime, simulated: Simulated) -> None:
        keys = await self._zixun.ring.of_persons(call.customer.customer_id for call in group)
        stages = []
        for call in group:
            stage = Stage(str(self._zixun.ids.new()), keys, self._zixun.ids, self._reactions)
            live(stage, call.customer, await self._serials.next(), (call.random, call.at, until))
            stages.append(stage)
        await self._append(stages)
        simulated.tickets += len(group)
        for stage in stages:
            simulated.commands.update(type(command).__name__ for command in stage.commands)
            for append in stage.appends().values():
                simulated.events.update(draft.type for draft in append.events)

    async def _append(self, stages: Sequence[Stage]) -> None:
        """All services at once, so that no reaction sees a cause without what it led to."""
        stores = {service: self._zixun.stores[service] for service in DECIDERS}
        async with self._zixun.pool.acquire() as connection, connection.transaction():
            for service, store in stores.items():
                appends = [appends[service] for stage in stages if service in (appends := stage.appends())]
                rejected = await store.append_in(connection, appends) if appends else {}
                assert not rejected, f"new tickets are in {service} already: {rejected}"
        for store in stores.values():
            store.announce()


def _moment(random: Random, until: datetime, days: int) -> datetime:
    """Some moment of the last days when people call; fewer do so on weekends."""
    while True:
        day = until - timedelta(days=random.randrange(days))
        hour = random.choices(list(_BUSY), list(_BUSY.values()))[0]
        local = day.astimezone(CENTRE_TIME).replace(
            hour=hour, minute=random.randrange(60), second=random.randrange(60), microsecond=0
        )
        moment = local.astimezone(until.tzinfo)
        quiet = local.weekday() >= 5 and random.random() > _WEEKEND_SHARE
        if moment <= until - timedelta(minutes=5) and not quiet:
            return moment
