"""Every event can be told in English and in Chinese."""

import re
import string
from enum import Enum
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel

from ledger_svc.narration.sentences import SENTENCES, sentence, sentence_of_unknown
from ledger_svc.narration.words import WORDS
from shared_events.contracts import REGISTRY
from shared_events.contracts.base import Fact, Step, Tier
from shared_events.contracts.intake import ComplaintGrade
from shared_events.contracts.personal import personal_paths
from shared_events.contracts.routing import AnswerSubmitted, TicketEscalated, TicketRouted
from shared_events.contracts.sla import ClockPaused
from shared_events.contracts.words import METRICS, Language
from tests.effort import examples
from tests.ledger_svc.arbitrary import SEALED, any_events
from tests.ledger_svc.clocks import BREACHED, MET, MET_LATE, PAUSED, STARTED, clock
from tests.ledger_svc.history import RECEIVED, after

CLOCK_SENTENCES = [
    (
        STARTED,
        "The clock runs: first response 1, due 2026-03-02 13:00 UTC, by centre (complaints).",
        "开始计时：首次响应（第1次），到期时间：2026-03-02 13:00 UTC，依据：centre（complaints）。",
    ),
    (
        STARTED.model_copy(update={"deadline": None}),
        "The clock runs: first response 1, due at no fixed time, by centre (complaints).",
        "开始计时：首次响应（第1次），到期时间：未定，依据：centre（complaints）。",
    ),
    (
        PAUSED,
        "The clock stands still: first response 1, waiting for the customer, 50 min left.",
        "暂停计时：首次响应（第1次），等待：客户，剩余50分钟。",
    ),
    (
        ClockPaused(
            **clock(90), reasons=("awaiting_verdict", "solar_eclipse"), elapsed_seconds=9000, remaining_seconds=-5400
        ),
        "The clock stands still: first response 1, waiting for the customer's verdict, solar_eclipse, 1 h 30 min over.",
        "暂停计时：首次响应（第1次），等待：客户对答复的反馈、solar_eclipse，超出1小时30分钟。",
    ),
    (MET, "Done in time: first response 1, after 20 min.", "按时完成：首次响应（第1次），用时20分钟。"),
    (MET_LATE, "Done late: first response 1, after 1 h 10 min.", "超时完成：首次响应（第1次），用时1小时10分钟。"),
    (
        MET.model_copy(update={"elapsed_seconds": 59}),
        "Done in time: first response 1, after 59 s.",
        "按时完成：首次响应（第1次），用时59秒。",
    ),
    (
        BREACHED,
        "Overdue: first response 1, which was due 2026-03-02 13:00 UTC.",
        "超时：首次响应（第1次），到期时间：2026-03-02 13:00 UTC。",
    ),
]
"""From what happened to a clock to how it is told."""

CODES = {Step, Tier, ComplaintGrade}
"""The same in every language."""

CHINESE_LETTERS = re.compile(r"[\u4e00-\u9fff]")


def enums_of(annotation: Any) -> set[type[Enum]]:
    """Every enumeration that a field may hold."""
    if isinstance(annotation, type):
        found = {annotation} if issubclass(annotation, Enum) else set()
        fields = annotation.model_fields.values() if issubclass(annotation, BaseModel) else ()
        return found.union(*(enums_of(field.annotation) for field in fields))
    return set().union(*(enums_of(part) for part in get_args(annotation)))


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=lambda kind: kind.__name__)
def test_an_event_has_a_sentence_in_both_languages_from_its_own_impersonal_fields(kind: type[Fact]) -> None:
    personal = {path[0] for path in personal_paths(kind)}
    english, chinese = SENTENCES[kind]
    for template in (english, chinese):
        used = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        assert used <= set(kind.model_fields) - personal
    assert CHINESE_LETTERS.search(chinese)
    assert not CHINESE_LETTERS.search(english)


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=lambda kind: kind.__name__)
def test_every_word_of_a_contract_has_a_translation(kind: type[Fact]) -> None:
    words = {str(member.value) for enum in enums_of(kind) - CODES for member in enum}
    assert words <= set(WORDS)


@settings(derandomize=True, deadline=None, max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow])
@given(event=any_events())
def test_a_sentence_says_no_personal_text_and_leaves_nothing_open(event: Fact) -> None:
    for language in Language:
        told = sentence(event, language)
        assert "{" not in told
        assert "None" not in told
        assert SEALED not in told


def test_a_sentence_says_what_happened() -> None:
    event = TicketEscalated(**after(1), from_tier=Tier.CSE, from_team="V30", tier=Tier.RDE, team="other")
    assert sentence(event, Language.ENGLISH) == "Escalated from CSE (team V30) to RDE (team other)."
    assert sentence(event, Language.CHINESE) == "由CSE（团队V30）升级至RDE（团队other）。"
    assert sentence(RECEIVED, Language.ENGLISH) == "The consultation 1002-0034-7 was received by telephone."
    assert sentence(RECEIVED, Language.CHINESE) == "通过电话受理咨询，编号1002-0034-7。"


@pytest.mark.parametrize(("event", "english", "chinese"), CLOCK_SENTENCES)
def test_a_sentence_about_a_clock_has_the_title_of_what_it_measures(event: Fact, english: str, chinese: str) -> None:
    assert sentence(event, Language.ENGLISH) == english
    assert sentence(event, Language.CHINESE) == chinese


@pytest.mark.parametrize("metric", METRICS)
def test_what_clocks_measure_has_a_title_in_both_languages(metric: str) -> None:
    started = STARTED.model_copy(update={"metric": metric})
    english, chinese = METRICS[metric]
    assert english in sentence(started, Language.ENGLISH)
    assert chinese in sentence(started, Language.CHINESE)
    assert CHINESE_LETTERS.search(chinese)


def test_what_this_release_does_not_know_how_to_call_shows_its_own_name() -> None:
    started = STARTED.model_copy(update={"metric": "second_response"})
    assert "second_response 1" in sentence(started, Language.ENGLISH)
    assert "second_response（第1次）" in sentence(started, Language.CHINESE)


def test_flags_are_told_in_words() -> None:
    event = TicketRouted(**after(1), tier=Tier.CSE, team="cse", automatic=True)
    assert sentence(event, Language.ENGLISH) == "Routed automatically to CSE, team cse."
    assert sentence(event.model_copy(update={"automatic": False}), Language.CHINESE).startswith("人工分派")


def test_braces_in_a_name_are_only_letters() -> None:
    event = AnswerSubmitted(**after(1), answer=1, tier=Tier.CSE)
    routed = TicketRouted(**after(1), tier=Tier.CSE, team="{tier.__class__}", automatic=True)
    assert "{tier.__class__}" in sentence(routed, Language.ENGLISH)
    assert sentence(event, Language.ENGLISH) == "CSE submitted answer 1 to the customer."


def test_an_event_that_this_release_does_not_know_is_still_told() -> None:
    assert sentence_of_unknown("Later", Language.ENGLISH) == "An event of type Later that this release does not know."
    assert "Later" in sentence_of_unknown("Later", Language.CHINESE)
