"""What the API says of a ticket's clocks, for people: a picture, the rules, a table without gaps, whose time it was.

Rules and events are numbered, `R1` and `E1`, and written out once, so that a line of the table fits into a terminal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, Final

from services.cli.sla_timeline import (
    AHEAD,
    BREACHED,
    CLOSED,
    COUNTED,
    DEADLINE,
    ENDED,
    PAUSED,
    WARNED,
    Timeline,
    kind_of,
    timeline,
)
from services.cli.sla_words import WORDS, Words
from shared_events.contracts.words import Language

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_PICTURE_WIDTH_MAX: Final = 100
_NO_TERMINAL: Final = (200, 24)
_MOMENT_WIDTH: Final = len("2026-03-01 08:00:00")
_STYLES: Final = {COUNTED: "green", PAUSED: "yellow", CLOSED: "dim", AHEAD: "dim"}
_NAMES: Final = {COUNTED: "counted", PAUSED: "waits", CLOSED: "closed", AHEAD: "ahead"}


def print_report(said: Mapping[str, Any], language: Language, zone: tzinfo) -> None:
    """All of it, on standard output; as wide as the terminal, or as what is written where there is none."""
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False, width=get_terminal_size(_NO_TERMINAL).columns)
    with console.capture() as told:
        _tell(console, said, _Voice(WORDS[language], zone))
    # Tables fill their lines with blanks, which is of no use to whoever reads on.
    print("\n".join(line.rstrip() for line in told.get().splitlines()))


@dataclass(frozen=True, slots=True)
class _Voice:
    """In which words, and on whose clocks."""

    words: Words
    zone: tzinfo

    def say(self, name: str, **values: object) -> str:
        return self.words[name].format(zone=self.zone, **values)

    def at(self, moment: str) -> str:
        return datetime.fromisoformat(moment).astimezone(self.zone).replace(tzinfo=None).isoformat(" ")


@dataclass(slots=True)
class _Events:
    """Numbered as they come up."""

    known: dict[str, str | None] = field(default_factory=dict)

    def number(self, event_id: str, event_type: str | None) -> str:
        self.known[event_id] = self.known.get(event_id) or event_type
        return f"E{list(self.known).index(event_id) + 1}"


def _tell(console: "Console", said: Mapping[str, Any], voice: _Voice) -> None:
    console.print(voice.say("ticket", ticket=said["ticket_id"]))
    for name in ("as_of", "known_at"):
        if said[name] is not None:
            console.print(voice.say(name, **{name: voice.at(said[name])}))
    if said["behind"]:
        console.print(voice.say("behind"), style="bold red")
    console.print()
    for clock in said["clocks"]:
        _print_clock(console, clock, voice)
    if not said["clocks"]:
        console.print(voice.say("no_clocks"))
    if said["conservation"] is not None:
        console.print(_lifetime(said["conservation"], voice))


def _print_clock(console: "Console", clock: Mapping[str, Any], voice: _Voice) -> None:
    events = _Events()
    console.print(_headline(clock, voice), style="bold")
    drawn = timeline(clock, min(console.width, _PICTURE_WIDTH_MAX))
    if drawn is not None:
        console.print(_coloured(drawn))
        if drawn.marks:
            console.print(drawn.marks)
        console.print(_legend(drawn, clock, voice))
    # Events are numbered as they happened: what ended a clock comes last, though it is shown among the marks.
    rules, segments = _rules(clock, voice, events), _segments(clock, voice, events)
    for table in (_marks(clock, voice, events), rules, segments):
        console.print(table)
        console.print()
    for number, (event_id, event_type) in enumerate(events.known.items(), 1):
        console.print(f"E{number}  {event_id}  {event_type or ''}")
    if clock["attribution"]["elapsed"]:
        console.print()
        console.print(_shares(clock["attribution"], voice))
    console.print()


def _headline(clock: Mapping[str, Any], voice: _Voice) -> str:
    said = [clock["title"], voice.say("cycle", cycle=clock["cycle"]), voice.say(clock["state"])]
    if clock["in_time"] is not None:
        said.append(voice.say("in_time" if clock["in_time"] else "late"))
    elapsed, target = _duration(clock["elapsed_seconds"]), _duration(clock["target_seconds"])
    said.append(voice.say("elapsed", elapsed=elapsed, target=target))
    if overrun := clock["attribution"]["overrun_seconds"]:
        said.append(voice.say("overrun", overrun=_duration(overrun)))
    return " · ".join(said)


def _coloured(drawn: Timeline) -> "Text":
    from rich.text import Text

    text = Text()
    for column, letter in enumerate(drawn.stretches):
        is_over = letter == COUNTED and column >= drawn.over
        text.append(letter, "red" if is_over else _STYLES[letter])
    return text


def _legend(drawn: Timeline, clock: Mapping[str, Any], voice: _Voice) -> str:
    shown = {*drawn.stretches, *map(kind_of, clock["segments"])}
    return "  ".join(f"{letter} {voice.say(name)}" for letter, name in _NAMES.items() if letter in shown)


def _marks(clock: Mapping[str, Any], voice: _Voice, events: _Events) -> "Table":
    """What happened, and what will, in the order of the moments."""
    marks = [(warning["at"], WARNED, voice.say("warned", warning=warning["warning"])) for warning in clock["warnings"]]
    if clock["deadline"] is not None:
        marks.append((clock["deadline"], DEADLINE, _deadline(clock, voice)))
    for breach in clock["breaches"]:
        text = voice.say("breached", row=breach["row"], target=_duration(breach["target_seconds"]))
        marks.append((breach["at"], BREACHED, text))
    if clock["ended_by"] is not None:
        end = clock["ended_by"]
        text = voice.say("ended", text=end["text"], event=events.number(end["event_id"], end["event_type"]))
        marks.append((clock["ended_at"], ENDED, text))
    table = _table()
    for at, letter, text in sorted(marks, key=lambda mark: mark[0]):
        table.add_row(letter, f"{voice.at(at)} {voice.zone}", text)
    return table


def _deadline(clock: Mapping[str, Any], voice: _Voice) -> str:
    rule = clock["rules"][-1]
    if clock["deadline_is_provisional"]:
        return voice.say("provisional", known_until=rule["calendar_known_until"])
    if rule["on_change"] is not None and clock["deadline"] == rule["since"]:
        return voice.say("over_at_once", row=rule["row"])
    return voice.say("deadline")


def _rules(clock: Mapping[str, Any], voice: _Voice, events: _Events) -> "Table":
    table = _table()
    for number, rule in enumerate(clock["rules"], 1):
        version, pauses = rule["calendar_version"][:12], voice.say("comma").join(rule["pauses"])
        said = voice.say("rule", **{**rule, "calendar_version": version, "target": _duration(rule["target_seconds"])})
        said += voice.say("pauses", pauses=pauses) if pauses else ""
        event = events.number(rule["event_id"], rule["event_type"])
        since = voice.say("since", since=voice.at(rule["since"]), event=event)
        notes = [] if rule["on_change"] is None else [voice.say(rule["on_change"])]
        if number == 1 and clock["start_corrected_by"] is not None:
            notes.append(
                voice.say("corrected", event=events.number(clock["start_corrected_by"], "ConsultationCorrected"))
            )
        table.add_row(f"R{number}", "\n".join([said, voice.say("semicolon").join([since, *notes])]))
        for passed in rule["passed"]:
            table.add_row("", f"✗ {passed['text']}")
    return table


def _segments(clock: Mapping[str, Any], voice: _Voice, events: _Events) -> "Table":
    """The counted ones add up to what is below the line."""
    from rich.table import Column, Table

    table = Table(
        Column(voice.say("from"), min_width=_MOMENT_WIDTH, overflow="fold"),
        Column(voice.say("to"), min_width=_MOMENT_WIDTH, overflow="fold"),
        Column("", no_wrap=True),
        Column(voice.say("lasted"), justify="right", no_wrap=True),
        Column(voice.say("why"), overflow="fold"),
        Column(voice.say("by"), no_wrap=True),
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    numbers = {_rule(rule): f"R{number}" for number, rule in enumerate(clock["rules"], 1)}
    for segment in clock["segments"]:
        change = segment["change"]
        changed = "" if change is None else f" ({events.number(change['event_id'], None)})"
        table.add_row(
            voice.at(segment["from"]),
            voice.at(segment["to"]),
            kind_of(segment),
            _duration(segment["seconds"]),
            segment["text"] + changed,
            f"{numbers.get(_rule(segment), '')} {events.number(segment['event_id'], segment['event_type'])}",
        )
    table.add_row("", voice.say("counted"), COUNTED, _duration(clock["elapsed_seconds"]), "", "", style="bold")
    return table


def _rule(named: Mapping[str, Any]) -> tuple[str, str, str]:
    return named["policy"], named["policy_version"], named["row"]


def _shares(attribution: Mapping[str, Any], voice: _Voice) -> "Table":
    from rich.table import Column, Table

    table = Table(
        Column(voice.say("whose"), overflow="fold"),
        Column(voice.say("counted"), justify="right", no_wrap=True),
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    over = {share["text"]: share["seconds"] for share in attribution["overrun"]}
    if over:
        table.add_column(voice.say("over"), justify="right", no_wrap=True)
    for share in attribution["elapsed"]:
        row = [share["text"], _duration(share["seconds"])]
        if over:
            beyond = over.get(share["text"])
            row.append("" if beyond is None else _duration(beyond))
        table.add_row(*row)
    return table


def _lifetime(conservation: Mapping[str, Any], voice: _Voice) -> str:
    others = ("unassigned", "paused", "closed", "unaccounted")
    parts = {**conservation["tiers"], **{voice.say(f"time_{name}"): conservation[name] for name in others}}
    told = voice.say("comma").join(f"{name} {_duration(seconds)}" for name, seconds in parts.items() if seconds)
    return voice.say("lifetime", lifetime=_duration(conservation["lifetime"]), parts=told)


def _table() -> "Table":
    from rich.table import Table

    return Table.grid(padding=(0, 2, 0, 0))


def _duration(seconds: int) -> str:
    """Hours, minutes and seconds; nothing is rounded, so that it can be added up."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
