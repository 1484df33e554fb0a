"""`zixun sla check` says of every case whether it is as expected, and of a file that means nothing where and why."""

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Final

import pytest

from tests.services.cli.command_line import CommandLine, command_line

SHIPPED: Final = Path(__file__).parents[3] / "sla_svc" / "shipped" / "cases-cs-ta06-24.yaml"

OFFICE: Final = dedent("""\
    calendars:
      office:
        timezone: Europe/Berlin
        week: {sat: ["22:00-24:00"], sun: ["00:00-12:00"], mon: ["09:00-12:00", "13:00-17:00"]}
        holidays: [2026-04-06]
        partial_days: {2026-03-02: ["09:00-10:00"]}
        extra_days: {2026-03-04: ["10:00-11:00"]}
      closed: {timezone: UTC, week: {}}
    cases:
    """)

RECEIVED: Final = "{at: 2026-03-02T09:00:00+08:00, what: received}"

ONE_OF_THREE: Final = (
    "calendar, start, duration and deadline (or never); or calendar, start, end and elapsed; or policy, events and at"
    " least one of clocks, deadlines, warnings and breaches"
)
MISTAKES: Final = [
    ("{name: a, calendar: office, start: @2026-03-09T11:30:00, duration: 1h, never: }", "a moment with its offset"),
    ("{name: a, calendar: office, start: @2026-02-30T11:30:00Z, duration: 1h, never: }", "a moment with its offset"),
    ("{name: a, calendar: office, start: @1900-01-01T00:00:00Z, duration: 1h, never: }", "a moment from 1951 to"),
    ("{name: a, calendar: office, start: 2026-03-09T11:30:00Z, duration: @1d, never: }", "hours instead of days"),
    ("{name: a, calendar: @mars, start: 2026-03-09T11:30:00Z, duration: 1h, never: }", "one of always, china, cl"),
    ("{name: a, calendar: office, start: 2026-03-09T11:30:00Z, duration: 1h, deadline: @soon}", "a moment with"),
    ("{name: a, calendar: office, start: 2026-03-09T11:30:00Z, duration: 1h, never: @no}", "true; found 'no'"),
    ("{name: a, calendar: office, start: 2026-03-09T11:30:00Z, duration: 1h, deadline:@ }", "a value; found nothing"),
    ("@{name: a, calendar: office, start: 2026-03-09T11:30:00Z, duration: 1h}", f"{ONE_OF_THREE}; found calendar, st"),
    ("@{name: a}", f"{ONE_OF_THREE}; found none of them"),
    (f"@{{name: a, policy: CS-TA06-24, events: [{RECEIVED}]}}", f"{ONE_OF_THREE}; found policy, events"),
    ("{name: a, policy: CS-TA06-24, events: @[], breaches: []}", "at least one of them; found none"),
    (f"{{name: a, policy: @ours, events: [{RECEIVED}], breaches: []}}", "CS-TA06-24, or the path of a YAML file"),
    ("{name: a, policy: p, events: [{at: @x, what: received}], breaches: []}", "a moment with its offset, such as"),
    ("{name: a, policy: p, events: [@{what: received}], breaches: []}", "a moment with its offset, such as 2026"),
    ("{name: a, policy: p, events: [{at: 2026-03-09T11:30:00Z, what: @gone}]}", "one of received, acknowledged, co"),
    ("{name: a, policy: p, events: [@{at: 2026-03-09T11:30:00Z, what: paused}]}", "a value; found nothing"),
    ("{name: a, policy: p, events: [{at: 2026-03-09T11:30:00Z, what: paused, reason: @tea}]}", "'customer', 'user"),
    ("{name: a, policy: p, events: [{at: 2026-03-09T11:30:00Z, what: received, @x: 1}]}", "one of customer_id, num"),
    ("{name: a, policy: p, events: [{at: 2026-03-09T11:30:00Z, what: classified, grade: @C}]}", "one of A, B; fou"),
    ("{name: a, policy: p, events: [@received], breaches: []}", "a mapping with at and what; found 'received'"),
    ("{name: a, policy: p, events: [], deadlines: {@firts: never}}", "one of first_response, next_reply, period"),
    ("{name: a, policy: p, events: [], clocks: [{metric: tier_cse, @stat: met}]}", "one of metric, cycle, row, cal"),
    ("{name: a, @nmae: b}", "one of name, calendar, start, duration, deadline, never, end, elapsed, policy, events"),
]
"""A case, @ marking where its mistake is, and what is expected there."""

Write = Callable[..., str]


@pytest.fixture
def zixun() -> CommandLine:
    with command_line() as made:
        return made


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A file of cases; each line is one."""

    def written(*cases: str, before: str = OFFICE, name: str = "cases.yaml") -> str:
        lines = [f"  - {case}" for case in cases]
        path = tmp_path / name
        path.write_text(before + "\n".join(lines) + "\n", encoding="utf-8")
        return str(path)

    return written


def timed(name: str, rest: str, *, calendar: str = "office") -> str:
    return f"{{name: {name}, calendar: {calendar}, {rest}}}"


def test_the_shipped_policy_does_what_its_cases_say(zixun: CommandLine) -> None:
    done = zixun("sla", "check", str(SHIPPED))

    assert (done.status, done.err) == (0, "")
    assert "FAIL" not in done.out
    assert "pass  a grade A complaint at night is answered within an hour" in done.out


@pytest.mark.parametrize(
    ("start", "duration", "deadline"),
    [
        ("2026-03-09T11:30:00+01:00", "1h", "2026-03-09T13:30:00+01:00"),
        ("2026-03-09T11:30:00+01:00", "PT1H", "2026-03-09T12:30:00Z"),
        ("2026-03-09T11:30:00.9+01:00", "90m", "2026-03-09T14:00+01:00"),
        ("2026-03-09T11:30:00+01:00", "1800", "2026-03-09T12:00:00+01:00"),
        ("2026-03-02T09:30:00+01:00", "1h", "2026-03-04T10:30:00+01:00"),
        ("2026-03-28T23:00:00+01:00", "4h", "2026-03-29T04:00:00+02:00"),
        ("2026-04-06T09:00:00+02:00", "1h", "2026-04-11T23:00:00+02:00"),
        ("2026-03-09T11:30:00+01:00", "0", "2026-03-09T11:30:00+01:00"),
    ],
)
def test_a_deadline_is_checked_against_the_calendar(
    zixun: CommandLine, write: Write, start: str, duration: str, deadline: str
) -> None:
    done = zixun("sla", "check", write(timed("a", f"start: {start}, duration: {duration}, deadline: {deadline}")))
    assert (done.status, done.err) == (0, "")
    assert done.out.endswith("1 of 1 cases pass.\n")


@pytest.mark.parametrize("never", ["deadline: never", "never: true", "never:"])
def test_a_calendar_without_open_time_is_never_due(zixun: CommandLine, write: Write, never: str) -> None:
    case = timed("a", f"start: 2026-03-09T11:30:00Z, duration: 1h, {never}", calendar="closed")
    assert zixun("sla", "check", write(case)).out == (
        "pass  a\n      deadline: expected never, found never\n1 of 1 cases pass.\n"
    )


def test_a_shipped_calendar_needs_no_name_of_its_own(zixun: CommandLine, write: Write) -> None:
    rest = "start: 2026-09-30T09:00:00+08:00, end: 2026-10-12T09:00:00+08:00, elapsed: 30h"
    assert zixun("sla", "check", write(timed("a", rest, calendar="china"), before="cases:\n")).status == 0


def test_a_case_that_fails_says_what_was_expected_and_what_was_found(zixun: CommandLine, write: Write) -> None:
    file = write(
        timed("late", "start: 2026-03-09T11:30:00+01:00, duration: 1h, deadline: 2026-03-09T14:00:00+01:00"),
        timed("long", "start: 2026-03-09T11:30:00+01:00, end: 2026-03-09T13:30:00+01:00, elapsed: 2h"),
        timed("good", "start: 2026-03-09T11:30:00+01:00, end: 2026-03-09T13:30:00+01:00, elapsed: 60m"),
    )
    done = zixun("sla", "check", file)

    assert done.status == 1
    assert done.out.splitlines() == [
        "FAIL  late",
        "      ! deadline: expected 2026-03-09T14:00:00+01:00, found 2026-03-09T13:30:00+01:00",
        "FAIL  long",
        "      ! elapsed: expected 2h, found 1h",
        "pass  good",
        "      elapsed: expected 1h, found 1h",
        "1 of 3 cases pass.",
    ]


def test_programs_read_the_same_as_json(zixun: CommandLine, write: Write) -> None:
    rest = "start: 2026-03-09T11:30:00+01:00, end: 2026-03-09T13:30:00+01:00, elapsed: 2h"
    file = write(timed("长", rest))
    done = zixun("sla", "check", "--json", file)

    assert done.status == 1
    check = {"what": "elapsed", "expected": "2h", "found": "1h", "holds": False}
    assert json.loads(done.out) == [{"file": file, "name": "长", "passed": False, "checks": [check]}]


def judged(expected: str, *events: str, policy: str = "CS-TA06-24") -> str:
    return f"{{name: a, policy: {policy}, events: [{', '.join((RECEIVED, *events))}], {expected}}}"


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("deadlines: {first_response: 2026-03-02T11:00:00+08:00}", "found 2026-03-02T10:00:00+08:00"),
        ("deadlines: {tier_cse: 2026-03-02T11:00:00+08:00}", "found none"),
        ("deadlines: {first_response: never}", "found 2026-03-02T10:00:00+08:00"),
        ("clocks: [{metric: tier_cse}]", "! tier_cse: expected a clock, found none"),
        ("clocks: [{metric: first_response, cycle: 2}]", "! first_response (cycle 2): expected a clock, found none"),
        ("clocks: [{metric: first_response, row: written}]", "! row of first_response: expected written, found live"),
        ("clocks: [{metric: first_response, calendar: china}]", "expected china, found always"),
        ("clocks: [{metric: first_response, state: met}]", "expected met, found running"),
        ("clocks: [{metric: first_response, ended: 2026-03-02T11:00:00+08:00}]", "found none"),
        ("clocks: [{metric: first_response, elapsed: 1h}]", "expected 1h, found 0s"),
        ("clocks: [{metric: first_response, started: 2026-03-02T11:00:00+08:00}]", "found 2026-03-02T09:00:00+08:00"),
        ("clocks: [{metric: first_response, deadline: none}]", "! deadline of first_response: expected none, found 20"),
        ("deadlines: {first_response: never}, warnings: []", "found first_response 15m at 2026-03-02T09:45:00+08:00"),
        ("deadlines: {first_response: never}, breaches: []", "found first_response at 2026-03-02T10:00:00+08:00"),
        ("breaches: [{metric: first_response, at: 2026-03-02T11:00:00+08:00}]", "found first_response at 2026-03-02T1"),
    ],
)
def test_a_policy_that_does_otherwise_fails_the_case(
    zixun: CommandLine, write: Write, expected: str, found: str
) -> None:
    done = zixun("sla", "check", write(judged(expected)))
    assert (done.status, done.err) == (1, "")
    assert found in done.out


def test_a_case_lasts_until_the_moment_that_it_names(zixun: CommandLine, write: Write) -> None:
    later = "{at: 2026-03-02T09:40:00+08:00, what: customer_informed}"
    expected = "clocks: [{metric: first_response, state: running, elapsed: 30m}], warnings: [], breaches: []"
    done = zixun("sla", "check", write(judged(f"{expected}, until: 2026-03-02T09:30:00+08:00", later)))
    assert (done.status, done.err) == (0, "")


def test_of_a_deadline_that_is_later_than_any_calendar_reckons_the_bound_is_told_and_no_clock_comes_there(
    zixun: CommandLine, write: Write, tmp_path: Path
) -> None:
    policy = "name: ours\nrows: [{name: all, metrics: {first_response: {target: 800000h, calendar: office}}}]\n"
    (tmp_path / "ours.yaml").write_text(policy, encoding="utf-8")
    rest = "start: 2026-03-09T11:30:00Z, duration: 800000h, deadline: 2026-03-09T11:30:00Z"
    expected = "deadlines: {first_response: never}, breaches: []"
    done = zixun("sla", "check", write(judged(expected, policy="ours.yaml"), timed("b", rest)))

    assert (done.status, done.err) == (1, "")
    assert "found calendar 'office' reckons to 2199-12-31; found a deadline of 2880000000 open seconds" in done.out
    assert done.out.endswith("1 of 2 cases pass.\n")


def test_a_policy_may_be_a_file_beside_the_cases(zixun: CommandLine, write: Write, tmp_path: Path) -> None:
    policy = "name: ours\nrows: [{name: all, metrics: {first_response: {target: 30m, calendar: office}}}]\n"
    (tmp_path / "ours.yaml").write_text(policy, encoding="utf-8")
    expected = "deadlines: {first_response: 2026-03-02T09:30:00+01:00}"
    assert zixun("sla", "check", write(judged(expected, policy="ours.yaml"))).status == 0


def test_a_policy_with_a_mistake_is_refused_where_it_is(zixun: CommandLine, write: Write, tmp_path: Path) -> None:
    policy = "name: ours\nrows: [{name: all, metrics: {first_response: {target: 30m, calendar: moon}}}]\n"
    (tmp_path / "ours.yaml").write_text(policy, encoding="utf-8")
    done = zixun("sla", "check", write(judged("breaches: []", policy="ours.yaml")))

    assert (done.status, done.out) == (2, "")
    place = f"{tmp_path / 'ours.yaml'}:2:70: rows[all].metrics.first_response.calendar"
    assert f"{place}: expected one of always, china, closed, office; found 'moon'\n" in done.err


@pytest.mark.parametrize(("case", "message"), MISTAKES)
def test_a_file_that_cannot_be_understood_says_where_and_why(
    zixun: CommandLine, write: Write, case: str, message: str
) -> None:
    before, _, after = case.partition("@")
    file = write(before + after)
    done = zixun("sla", "check", file)

    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"zixun: {file} cannot be understood:\n{file}:10:")
    told = [line for line in done.err.splitlines() if f"{file}:10:{len('  - ' + before) + 1}: " in line]
    assert [line for line in told if f": expected {message}" in line] != []


@pytest.mark.parametrize(
    ("written", "instead", "what"),
    [
        ("Europe/Berlin", "@Europe/Berln", "calendars.office.timezone"),
        ('"13:00-17:00"', '@"11:00-17:00"', "calendars.office.week.mon[2]"),
        ('sat: ["22:00-24:00"]', 'sat: ["22:00-24:00"], @tuesday: []', "calendars.office.week.tuesday"),
        ("holidays: [2026-04-06]", "holidays: [@2026-04-31]", "calendars.office.holidays[1]"),
        ("{timezone: UTC, week: {}}", "{ship: @mars}", "calendars.closed.ship"),
        ("{timezone: UTC, week: {}}", "@{week: {}}", "calendars.closed"),
    ],
)
def test_a_calendar_with_a_mistake_is_refused_where_it_is(
    zixun: CommandLine, write: Write, written: str, instead: str, what: str
) -> None:
    marked = OFFICE.replace(written, instead)
    lines = marked[: marked.index("@")].split("\n")
    rest = "start: 2026-03-09T11:30:00Z, duration: 1h, never: "
    file = write(timed("a", rest), before=marked.replace("@", ""))
    done = zixun("sla", "check", file)

    assert done.status == 2
    assert f"\n{file}:{len(lines)}:{len(lines[-1]) + 1}: {what}: " in done.err


def test_two_cases_have_two_names(zixun: CommandLine, write: Write) -> None:
    case = timed("a", "start: 2026-03-09T11:30:00Z, duration: 1h, never: ")
    done = zixun("sla", "check", write(case, case))
    assert "cases.yaml:11:12: cases[a].name: expected a name that no case before has; found 'a'\n" in done.err


def test_a_file_that_is_not_utf_8_is_refused_at_the_byte(zixun: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    file.write_bytes("cases:\n  - 咨".encode() + b"\xff")
    done = zixun("sla", "check", str(file))
    assert (done.status, done.err.splitlines()[1]) == (2, f"{file}:2:6: expected UTF-8; found the byte 0xff")


def test_a_file_that_is_not_there_is_wrong_usage(zixun: CommandLine, tmp_path: Path) -> None:
    assert zixun("sla", "check", str(tmp_path / "none.yaml")).status == 2
