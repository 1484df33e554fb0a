"""`zixun sla explain`: why each clock of a ticket stands where it does, as a picture and second by second."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

import typer

from services.cli.failures import Failure, Status
from services.cli.sessions import Session, in_session
from services.cli.sla_timeline import (
    AHEAD,
    BREACHED,
    CLOSED,
    COUNTED,
    DEADLINE,
    PAUSED,
    WARNED,
    Timeline,
    timeline,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_WIDTH_MAX: Final = 100


def explain(
    ticket_id: Annotated[str, typer.Argument(help="The ticket's id, or its number that is read aloud.")],
    metric: Annotated[str | None, typer.Argument(help="Only the clocks of this metric, as first_response.")] = None,
    *,
    as_of: Annotated[str | None, typer.Option(help="As it stood at this moment, as 2026-03-01T08:00:00Z.")] = None,
    known_at: Annotated[str | None, typer.Option(help="By what was known at this moment.")] = None,
    language: Annotated[str, typer.Option(help="The language of the explanation: en or zh.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print what the API answers.")] = False,
) -> None:
    """Explain the clocks of a ticket: what counted, what did not and why, by which rule, and whose time it was.

    Examples:

        zixun sla explain 1002-0034-7

        zixun sla explain 1002-0034-7 first_response --language zh

        zixun sla explain 1002-0034-7 --known-at 2026-03-01T08:00:00Z --json
    """
    asked = {"metric": metric, "as_of": as_of, "known_at": known_at}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    said = in_session(lambda session: _read(session, ticket_id, query, language))
    if as_json:
        print(json.dumps(said, ensure_ascii=False))
        return
    _print(_printable(said), _WORDS["zh" if language.lower().startswith("zh") else "en"])


_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "running": "running",
        "paused": "stands still",
        "met": "done",
        "cancelled": "ended",
        "late": "late",
        "in_time": "in time",
        "no_clocks": "No clock.",
        "cycle": "cycle {cycle}",
        "elapsed": "{elapsed} of {target}",
        "overrun": "{overrun} over",
        "counted": "counted",
        "waits": "waiting",
        "closed": "not counted",
        "ahead": "ahead",
        "warned": "warned ({warning})",
        "deadline": "deadline",
        "breached": "breached",
        "from": "from (UTC)",
        "to": "to",
        "lasted": "lasted",
        "counts": "counts",
        "why": "why",
        "rule": "rule",
        "since": "since the event",
        "by_rule": "Rule {number}: {policy} {policy_version}, row {row}, calendar {calendar} {calendar_version},"
        " target {target}, since {event}",
        "whose": "Whose time: {shares}",
        "whose_overrun": "Whose time over the target: {shares}",
        "lifetime": "Lifetime {lifetime}: {parts}",
        "nobodys": "unassigned",
        "over": "closed",
        "yes": "yes",
        "no": "no",
    },
    "zh": {
        "running": "计时中",
        "paused": "已暂停",
        "met": "已完成",
        "cancelled": "已终止",
        "late": "超时",
        "in_time": "按时",
        "no_clocks": "没有计时。",
        "cycle": "第 {cycle} 次",
        "elapsed": "已用 {elapsed}，时限 {target}",
        "overrun": "超出 {overrun}",
        "counted": "计时",
        "waits": "等待",
        "closed": "不计时",
        "ahead": "未到",
        "warned": "预警（{warning}）",
        "deadline": "到期",
        "breached": "超时",
        "from": "自（UTC）",
        "to": "至",
        "lasted": "时长",
        "counts": "是否计时",
        "why": "原因",
        "rule": "规则",
        "since": "起因事件",
        "by_rule": "规则 {number}：{policy} {policy_version}，行 {row}，日历 {calendar} {calendar_version}，"
        "时限 {target}，起自 {event}",
        "whose": "时间归属：{shares}",
        "whose_overrun": "超时归属：{shares}",
        "lifetime": "工单历时 {lifetime}：{parts}",
        "nobodys": "无人处理",
        "over": "已关闭",
        "yes": "是",
        "no": "否",
    },
}


async def _read(session: Session, ticket_id: str, query: str, language: str) -> dict[str, Any]:
    from services.cli.local_api import local_api

    api = await local_api(session, language)
    status, ticket = await api.get(f"/v1/tickets/{ticket_id}")
    if status == 200:
        status, said = await api.get(f"/v1/tickets/{ticket['ticket_id']}/clocks", query)
        if status == 422:
            raise Failure(f"The clocks cannot be shown:{_errors(said)}", Status.USAGE)
    else:
        said = ticket
    if status in (404, 422):
        raise Failure(f"There is no ticket {ticket_id!r}: {said.get('title')}", Status.NOT_FOUND)
    if status != 200:
        raise Failure(f"The clocks of {ticket_id!r} cannot be shown: {said.get('title')}", Status.FAILED)
    return said


def _printable(said: Any) -> Any:
    """What people named, without what would steer the terminal."""
    match said:
        case str():
            return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in said)
        case list():
            return [_printable(item) for item in said]
        case dict():
            return {name: _printable(item) for name, item in said.items()}
        case _:
            return said


def _errors(problem: Mapping[str, Any]) -> str:
    return "".join(
        f"\n  {error['pointer'].replace('_', '-')}: {error['expected']}; found {error.get('found')!r}"
        for error in problem.get("errors", ())
    )


def _print(said: Mapping[str, Any], words: Mapping[str, str]) -> None:
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    for clock in said["clocks"]:
        _print_clock(console, clock, words)
    if not said["clocks"]:
        console.print(words["no_clocks"])
    conservation = said["conservation"]
    if conservation is not None:
        others = {words["nobodys"]: "unassigned", words["waits"]: "paused", words["over"]: "closed"}
        parts = conservation["tiers"] | {word: conservation[name] for word, name in others.items()}
        told = ", ".join(f"{name} {_duration(seconds)}" for name, seconds in parts.items() if seconds)
        console.print(words["lifetime"].format(lifetime=_duration(conservation["lifetime"]), parts=told))


def _print_clock(console: "Console", clock: Mapping[str, Any], words: Mapping[str, str]) -> None:
    console.print(_headline(clock, words))
    drawn = timeline(clock, min(console.width, _WIDTH_MAX))
    if drawn is not None:
        console.print(_coloured(drawn))
        console.print(drawn.marks)
        console.print(_legend(drawn, clock, words))
    for number, rule in enumerate(clock["rules"], 1):
        console.print(
            words["by_rule"].format(
                number=number,
                **rule | {"calendar_version": rule["calendar_version"][:12]},
                target=_duration(rule["target_seconds"]),
                event=f"{rule['event_type']} {rule['event_id']}",
            )
        )
        for passed in rule["passed"]:
            console.print(f"  ✗ {passed['text']}")
    _print_segments(console, clock, words)
    attribution = clock["attribution"]
    for name, shares in (("whose", attribution["elapsed"]), ("whose_overrun", attribution["overrun"])):
        if shares:
            told = "; ".join(f"{share['text']} {_duration(share['seconds'])}" for share in shares)
            console.print(words[name].format(shares=told))
    console.print()


def _print_segments(console: "Console", clock: Mapping[str, Any], words: Mapping[str, str]) -> None:
    from rich.table import Column, Table

    table = Table(
        words["from"],
        words["to"],
        Column(words["lasted"], justify="right"),
        words["counts"],
        Column(words["why"], overflow="fold"),
        words["rule"],
        Column(words["since"], overflow="fold"),
    )
    numbers = {_rule(rule): str(number) for number, rule in enumerate(clock["rules"], 1)}
    for segment in clock["segments"]:
        table.add_row(
            _to_the_second(segment["from"]),
            _to_the_second(segment["to"]),
            _duration(segment["seconds"]),
            words["yes" if segment["counted"] else "no"],
            segment["text"],
            numbers.get(_rule(segment), ""),
            f"{segment['event_type']} {segment['event_id']}",
        )
    console.print(table)


def _rule(named: Mapping[str, Any]) -> tuple[str, str, str]:
    return named["policy"], named["policy_version"], named["row"]


def _headline(clock: Mapping[str, Any], words: Mapping[str, str]) -> str:
    said = [clock["title"], words["cycle"].format(cycle=clock["cycle"]), words[clock["state"]]]
    if clock["in_time"] is not None:
        said.append(words["in_time" if clock["in_time"] else "late"])
    elapsed, target = _duration(clock["elapsed_seconds"]), _duration(clock["target_seconds"])
    said.append(words["elapsed"].format(elapsed=elapsed, target=target))
    if overrun := clock["attribution"]["overrun_seconds"]:
        said.append(words["overrun"].format(overrun=_duration(overrun)))
    return " · ".join(said)


def _coloured(drawn: Timeline) -> "Text":
    from rich.text import Text

    styles = {PAUSED: "yellow", CLOSED: "dim", AHEAD: "dim"}
    text = Text()
    for column, letter in enumerate(drawn.stretches):
        text.append(letter, styles.get(letter, "green" if column < drawn.over else "red"))
    return text


def _legend(drawn: Timeline, clock: Mapping[str, Any], words: Mapping[str, str]) -> str:
    kinds = ((COUNTED, "counted"), (PAUSED, "waits"), (CLOSED, "closed"), (AHEAD, "ahead"))
    said = [f"{letter} {words[name]}" for letter, name in kinds if letter in drawn.stretches]
    for warning in clock["warnings"]:
        name = words["warned"].format(warning=warning["warning"])
        said.append(f"{WARNED} {name} {_to_the_second(warning['at'])}")
    for letter, name, at in ((DEADLINE, "deadline", clock["deadline"]), (BREACHED, "breached", clock["breached_at"])):
        if at is not None:
            said.append(f"{letter} {words[name]} {_to_the_second(at)}")
    return "  ".join(said)


def _duration(seconds: int) -> str:
    """Hours, minutes and seconds; nothing is rounded, so that it can be added up."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _to_the_second(moment: str) -> str:
    return moment[:19].replace("T", " ")
