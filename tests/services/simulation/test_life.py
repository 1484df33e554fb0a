"""The simulated centre: plausible, of every outcome, and the same for the same dice."""

from collections import Counter
from itertools import pairwise

import pytest

from routing_svc.domain.state import Status
from services.simulation.player import calls
from services.simulation.stage import Stage
from services.simulation.topics import TOPICS
from shared_events.contracts import OWNERS
from shared_events.contracts.base import Origin
from shared_events.contracts.intake import Channel
from shared_events.contracts.routing import TicketRouted
from tests.services.simulation.stages import PRESENT, drafts_of, played


@pytest.fixture(scope="module")
def stages() -> list[Stage]:
    """Enough tickets for every outcome."""
    return played(600, seed=1)


def test_the_same_dice_play_the_same_commands(stages: list[Stage]) -> None:
    """Whoever finds something strange can show it to others."""
    again = played(600, seed=1)
    assert [stage.commands for stage in again] == [stage.commands for stage in stages]
    assert [stage.commands for stage in played(20, seed=2)] != [stage.commands for stage in played(20, seed=1)]


def test_every_event_that_the_chart_knows_happens(stages: list[Stage]) -> None:
    """Answers refused and accepted, all tiers, cases, waits, withdrawals, visits, reopenings."""
    happened = {draft.type for stage in stages for draft in drafts_of(stage)}
    charted = (kinds for owner, kinds in OWNERS.items() if owner != "sla")  # clocks follow from what happens
    assert happened == {kind.__name__ for kinds in charted for kind in kinds}


def test_every_channel_and_both_languages_occur(stages: list[Stage]) -> None:
    """So every filter of a front end has something to find."""
    consultations = [stage.consultation for stage in stages if stage.consultation is not None]
    assert {each.channel for each in consultations} == set(Channel)
    assert {each.language for each in consultations} == {"zh", "en"}


def test_nothing_happens_in_the_future_and_no_ticket_runs_backwards(stages: list[Stage]) -> None:
    """The present is where the simulation ends."""
    for stage in stages:
        moments = [command.at for command in stage.commands]
        assert max(moments) <= PRESENT
        assert all(before <= after for before, after in pairwise(moments))


def test_everything_is_live_and_done_by_somebody(stages: list[Stage]) -> None:
    """A simulated ticket is treated as any other."""
    drafts = [draft for stage in stages for draft in drafts_of(stage)]
    assert {draft.origin for draft in drafts} == {Origin.LIVE}
    assert all(draft.actor for draft in drafts)


def test_most_tickets_are_closed_and_some_are_in_work(stages: list[Stage]) -> None:
    """A newcomer finds both history and queues."""
    states = Counter(stage.ticket.status for stage in stages)
    assert states[Status.CLOSED] > 450
    assert states[Status.QUEUED] + states[Status.IN_WORK] > 5
    assert states[Status.ANSWERED] + states[Status.RESOLVED] > 5


def test_what_reactions_ask_happens_at_the_moment_of_its_cause(stages: list[Stage]) -> None:
    """Routed when it was classified, and by the system."""
    for stage in stages:
        drafts = drafts_of(stage)
        classified = [draft for draft in drafts if draft.type == "ConsultationClassified"]
        routed = [draft for draft in drafts if draft.type == TicketRouted.__name__ and draft.causation_id is not None]
        assert all(draft.occurred_at == classified[0].occurred_at for draft in routed)
        assert all(draft.causation_id == str(classified[0].event_id) for draft in routed)
        assert all(draft.correlation_id == classified[0].correlation_id for draft in routed)


def test_calls_come_in_the_order_of_time_and_customers_call_again() -> None:
    """Over several days, in the centre's hours."""
    made = list(calls(300, 4, PRESENT))
    assert [call.at for call in made] == sorted(call.at for call in made)
    assert len({call.customer.customer_id for call in made}) < 300
    assert len({call.at.date() for call in made}) >= 6
    assert {(call.at.hour + 8) % 24 for call in made} <= set(range(8, 20))


def test_every_topic_is_told_in_both_languages() -> None:
    """And in the right one: no Chinese in English, no English alone in Chinese."""
    for topic in TOPICS:
        for language, words in topic.words.items():
            texts = (words.question, words.problem, words.query, words.analysis, words.answer)
            chinese = [any("\u4e00" <= character <= "\u9fff" for character in text) for text in texts]
            assert all(chinese) if language == "zh" else not any(chinese)
        assert set(topic.words) == {"zh", "en"}
