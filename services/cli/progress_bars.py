"""Progress on standard error, for people; nothing at all where the result is JSON."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int], None]
"""Told how much of how much is done."""


@contextmanager
def progress_bars(*, silent: bool) -> Iterator[Callable[[str], Report]]:
    """Gives a function that begins a bar under a name."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=silent) as bars:

        def begin(name: str) -> Report:
            bar = bars.add_task(name, total=None)
            return lambda done, total: bars.update(bar, completed=done, total=total)

        yield begin
