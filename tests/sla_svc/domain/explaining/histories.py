"""Tickets with all that can happen to a clock, by chance, in calendars with holidays."""

from typing import Final

from hypothesis import strategies as st

from shared_events.contracts.sla import OnChange
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.policies.rules import Rule, Threshold
from sla_svc.domain.rulebook import Rulebook
from tests.sla_svc.domain.scene import OFFICE, Facts, at, book, calendar, row, rule

START: Final = at("2026-03-02 08:00")
WEEKS: Final = 2 * 7 * 86_400
REASONS: Final = ("customer", "vendor", "other")

CENTRE: Final[Calendar] = calendar(
    "office",
    week=OFFICE,
    holidays={"2026-03-04": "Tide day"},
    partial_days={"2026-03-06": {"windows": ["10:00-11:00"], "name": "Half day"}},
    extra_days={"2026-03-07": ["09:00-12:00"]},
)

moments = st.integers(START, START + WEEKS)
grades = st.sampled_from([None, "A", "B"])
reasons = st.sampled_from(REASONS)


@st.composite
def histories(draw: st.DrawFn) -> Facts:
    """Every fact at any moment, whatever the order in which they are recorded."""
    facts = Facts()
    facts.add(START, "ConsultationReceived", contacted_at=CONTACT, channel="telephone", language="zh")
    facts.add(draw(moments), "TicketRouted", tier="CSE", team="cse")
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(["TicketPaused", "TicketResumed", "ConsultationClassified"]))
        if kind == "ConsultationClassified":
            said = {"category": "complaint", "request_kind": "x", "urgency": "normal"}
            facts.add(draw(moments), kind, complaint_grade=draw(grades), **said)
        else:
            facts.add(draw(moments), kind, reason=draw(reasons))
    if draw(st.booleans()):
        facts.add(draw(moments), "TicketResolved", resolution="no_answer_needed")
    return facts


CONTACT: Final = "2026-03-02T07:30:00+00:00"


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    """A rule for each grade, and one for none."""
    return book(
        row("a", *draw(_rules("a")), grade="A"),
        row("b", *draw(_rules("b")), grade="B"),
        row("rest", *draw(_rules("rest"))),
        calendars=[CENTRE],
    )


@st.composite
def _rules(draw: st.DrawFn, name: str) -> list[Rule]:
    def one(metric: str) -> Rule:
        target = draw(st.sampled_from([600, 3600, 9 * 3600, 40 * 3600]))
        return rule(
            metric,
            target,
            row=name,
            calendar=draw(st.sampled_from(["always", "office"])),
            pauses=draw(st.frozensets(reasons)),
            warnings=(Threshold("50%", target // 2),),
            on_change=draw(st.sampled_from(OnChange)),
        )

    return [one("total_resolution"), one("tier_cse")]
