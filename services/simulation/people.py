"""Who works in the simulated centre, and who calls it; ids and aliases, nobody real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final
from uuid import UUID, uuid5

from services.simulation.dice import dice
from shared_events.contracts.base import Tier
from shared_events.contracts.intake import Channel, Contact, Importance

NAMESPACE: Final = UUID("0b0b6d5c-54a8-5a0e-8a3f-6f3c9d1a7e22")

LEAD: Final = "lead-01"

TEAMS: Final[Mapping[Tier, Sequence[str]]] = {
    Tier.CSE: ("cse", "cse-enterprise", "cse-complaints"),
    Tier.PSE: ("pse", "pse-devices", "pse-software"),
    Tier.RDE: ("rde", "rde-firmware"),
}
"""The first of each tier is the one that takes what nobody has sent elsewhere."""

_MEMBERS: Final[Mapping[Tier, int]] = {Tier.CSE: 8, Tier.PSE: 4, Tier.RDE: 3}
_FAMILY_NAMES: Final = ("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴")
_TITLES: Final = ("先生", "女士")
_ALIASES: Final = ("Mr Smith", "Ms Jones", "Mr Brown", "Ms Taylor", "Mr Wilson", "Ms Evans")


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Somebody who may call again."""

    customer_id: str
    name: str
    phone: str
    email: str
    language: str
    importance: Importance

    def contact(self, channel: Channel) -> Contact:
        """What the centre learns of them by this channel."""
        written = channel in {Channel.EMAIL, Channel.WEB, Channel.CHAT}
        return Contact(name=self.name, phone=None if written else self.phone, email=self.email if written else None)


def member(random: Random, tier: Tier, team: str) -> str:
    """Somebody of a team."""
    return f"{team}-{random.randint(1, _MEMBERS[tier]):02}"


def customer(seed: int, number: int) -> Customer:
    """The same customer for the same numbers."""
    random = dice(seed, f"customer/{number}")
    chinese = random.random() < 0.75
    name = random.choice(_FAMILY_NAMES) + random.choice(_TITLES) if chinese else random.choice(_ALIASES)
    return Customer(
        customer_id=str(uuid5(NAMESPACE, f"{seed}/{number}")),
        name=name,
        phone=f"555-01{random.randrange(100):02}",
        email=f"customer{number}@example.com",
        language="zh" if chinese else "en",
        importance=Importance.IMPORTANT if random.random() < 0.06 else Importance.NORMAL,
    )
