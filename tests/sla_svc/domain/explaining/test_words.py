"""An explanation is read by people, in Chinese or in English, and has a word for everything."""

import re
from dataclasses import replace

import pytest

from shared_events.contracts.sla import CancelReason, OnChange, Passed
from shared_events.contracts.words import Language
from sla_svc.domain.attribution import Holder, Party
from sla_svc.domain.explaining.cutting import told
from sla_svc.domain.explaining.segments import Change, Reason, Segment, segments_of
from sla_svc.domain.explaining.words import (
    reason_of,
    text_of,
    text_of_end,
    text_of_holder,
    text_of_passed,
    title_of,
)
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.vocabulary import CONDITIONS
from sla_svc.domain.story import REASONS
from tests.sla_svc.domain.explaining.histories import CENTRE
from tests.sla_svc.domain.scene import Facts, at, book, clocks, row, rule

ENGLISH, CHINESE = Language.ENGLISH, Language.CHINESE


def test_a_pause_says_for_what_the_ticket_waits() -> None:
    paused = replace(_segment(), reason=Reason.PAUSED, waits_for=("customer", "vendor"), calendar_says=None)
    assert text_of(paused, ENGLISH) == "waits for the customer, the vendor"
    assert text_of(paused, CHINESE) == "暂停：等待客户、供应商"


def test_a_window_is_told_as_the_calendar_has_it_and_what_became_of_it() -> None:
    carried = replace(_segment(), change=Change(OnChange.KEEP, "e"))
    assert text_of(_segment(), ENGLISH) == "open 09:00-12:00"
    assert text_of(carried, ENGLISH) == "open 09:00-12:00; carried over to the next rule"
    assert text_of(carried, CHINESE) == "工作时间 09:00-12:00；计入其后的规则"


def test_a_row_that_did_not_match_is_told_with_what_was_expected_and_what_was_found() -> None:
    passed = Passed(row="graded", condition="grade", expected=("A", "B"), found=None)
    assert text_of_passed(passed, ENGLISH) == "graded: expected grade A or B, found nothing"
    assert text_of_passed(passed, CHINESE) == "graded：投诉等级应为 A 或 B，实为 未知"


def test_a_share_says_who_it_was() -> None:
    holder = Holder(Party.TIER, "CSE", "cse", "agent-1")
    assert text_of_holder(holder, ENGLISH) == "in work, CSE cse agent-1"
    assert text_of_holder(Holder(Party.RECEPTION), CHINESE) == "受理中"


@pytest.mark.parametrize("language", Language)
def test_there_is_a_word_for_everything_that_can_be_said(language: Language) -> None:
    said = [title_of(metric, language) for metric in METRICS]
    said += [reason_of(reason, language) for reason in REASONS]
    said += [text_of_holder(Holder(party), language) for party in Party]
    said += [text_of_end(cancelled, language) for cancelled in (None, *CancelReason)]
    said += [text_of(replace(_segment(), change=Change(each, "e")), language) for each in OnChange]
    said += [text_of(replace(_segment(), reason=reason), language) for reason in Reason]
    for condition in CONDITIONS:
        said.append(text_of_passed(Passed(row="1", condition=condition, expected=("2",), found="3"), language))
    assert all(said)
    assert not [text for text in said if "_" in text]
    chinese = [text for text in said if re.search(r"[\u4e00-\u9fff]", text)]
    assert len(chinese) == (len(said) if language is CHINESE else 0)


def _segment() -> Segment:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    policy = book(row("all", rule("total_resolution", 3600, calendar="office")), calendars=[CENTRE])
    (clock,) = clocks(facts, policy)["total_resolution"]
    return segments_of(clock, told(facts.facts).waits, at("2026-03-02 10:00"))[0]
