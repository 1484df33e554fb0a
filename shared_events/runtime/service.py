"""What a service is made of, as the processes that run it see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.decider import Command
from shared_events.runtime.commands import Aggregate
from shared_events.runtime.process import Process
from shared_events.runtime.views import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """From another service's event to commands for one's own aggregate with the same subject (D10)."""

    name: str
    handles: tuple[type[Fact], ...]
    react: Callable[[Recorded[Any]], Sequence[Command]]
    aggregate: Aggregate[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service's table of contents."""

    name: str
    router: APIRouter
    reactions: tuple[Reaction, ...] = ()
    views: tuple[View, ...] = ()
    process: Process | None = None
