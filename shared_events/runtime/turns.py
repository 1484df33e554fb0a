"""Lets the commands to one subject go one after another, so that they do not void each other's decisions."""

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """Of this process alone: between processes the expected version decides, and the loser decides again."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, subject: str) -> asyncio.Lock:
        """Held while a command to this subject is carried out; forgotten once nobody waits for it."""
        lock = self._locks.get(subject)
        if lock is None:
            lock = self._locks[subject] = asyncio.Lock()
        return lock
