"""A rulebook of drafts: a policy, calendars or both, as if they had always been in force."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from shared_events.http import Problem
from sla_svc.adapters.calendars import compiled
from sla_svc.adapters.rulebooks import Known
from sla_svc.api.documents import Documents
from sla_svc.api.rulebook import calendars_named
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.policies.compilation import policy_of
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.policies.refusing import one_of
from sla_svc.domain.rulebook import Edition, Rulebook

DRAFT: Final = "draft"
"""The version of what is not published."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What tickets are judged by."""

    rulebook: Rulebook
    has_policy: bool
    """Then there is no other version to which a ticket could have been moved."""


def draft_of(policy: str | None, calendars: Mapping[str, str], known: Known) -> Draft:
    """Of texts; without a policy those apply that were in force. Raises `Problem` with every mistake."""
    documents, latest = Documents(), known.calendars_by_name()
    read = {name: documents.calendar(text, f"/calendars/{name}") for name, text in calendars.items()}
    document = None if policy is None else documents.policy(policy, {*latest, *read})
    documents.refuse_mistakes("judged")
    drafts = {name: compiled(name, calendar) for name, calendar in read.items() if calendar is not None}
    if document is None:
        return Draft(_by_calendars(drafts, known.rulebook), has_policy=False)
    return Draft(_by_policy(document, drafts, latest), has_policy=True)


def _by_calendars(drafts: Mapping[str, Calendar], rulebook: Rulebook) -> Rulebook:
    editions = rulebook.editions()
    _refuse_idle(drafts, {name for edition in editions for name in edition.calendars})
    return Rulebook([Edition(each.policy, {**each.calendars, **drafts}) for each in editions])


def _by_policy(document: PolicyDocument, drafts: Mapping[str, Calendar], latest: Mapping[str, Calendar]) -> Rulebook:
    named = calendars_named(document)
    _refuse_idle(drafts, named)
    calendars = {**latest, **drafts}
    return Rulebook([Edition(policy_of(document, version=DRAFT), {name: calendars[name] for name in named})])


def _refuse_idle(drafts: Collection[str], named: Collection[str]) -> None:
    """A calendar by which nothing goes changes nothing, and that would look like an answer."""
    idle = [name for name in drafts if name not in named]
    if idle:
        expected = f"a calendar by which a rule goes, {one_of(sorted(named))}"
        errors = [{"pointer": f"/calendars/{name}", "expected": expected, "found": name} for name in idle]
        raise Problem(422, "IDLE_CALENDAR", "No rule goes by this calendar; nothing was judged.", errors=errors)
