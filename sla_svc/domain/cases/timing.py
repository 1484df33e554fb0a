"""Cases of a calendar: the deadline of a duration, or the time elapsed between two moments."""

from sla_svc.domain.calendars.calendar import Calendar, OutsideRange
from sla_svc.domain.cases.document import CaseDocument
from sla_svc.domain.cases.moments import NEVER, Moment
from sla_svc.domain.cases.verdicts import Check, Verdict
from sla_svc.domain.policies.durations import as_written


def timed(case: CaseDocument, calendar: Calendar) -> Verdict:
    """What the calendar makes of it."""
    check = _deadline(case, calendar) if case.end is None else _elapsed(case, calendar)
    return Verdict(case.name, (check,))


def _deadline(case: CaseDocument, calendar: Calendar) -> Check:
    assert case.start is not None, "a case with a duration has a start"
    assert case.duration is not None, "a case without an end has a duration"
    expected = case.deadline if isinstance(case.deadline, Moment) else None
    try:
        found = calendar.deadline(case.start.instant, case.duration)
    except OutsideRange as outside:
        return Check("deadline", NEVER if expected is None else str(expected), str(outside))
    return Check(
        "deadline",
        NEVER if expected is None else str(expected),
        NEVER if found is None else (expected or case.start).shown(found),
    )


def _elapsed(case: CaseDocument, calendar: Calendar) -> Check:
    assert case.start is not None, "a case with an end has a start"
    assert case.end is not None, "it is what decides"
    assert case.elapsed is not None, "a case with an end says what elapses until then"
    found = calendar.elapsed(case.start.instant, case.end.instant)
    return Check("elapsed", as_written(case.elapsed), as_written(found))
