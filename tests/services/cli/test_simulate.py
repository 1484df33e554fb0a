"""`zixun simulate` fills a centre for people who look around."""

import base64
import json
from collections.abc import Callable, Iterator

import pytest

from tests.services.cli.command_line import Done, command_line
from tests.system.serving import MASTER_KEY

Simulate = Callable[..., Done]


@pytest.fixture
def simulate(database: str) -> Iterator[Simulate]:
    """`zixun simulate` in a database of its own."""
    key = base64.b64encode(MASTER_KEY).decode()
    with command_line() as zixun:
        yield lambda *words: zixun("simulate", *words, ZIXUN_DATABASE_URL=database, ZIXUN_MASTER_KEY=key)


def test_the_counts_are_printed_as_json(simulate: Simulate) -> None:
    done = simulate("--tickets", "12", "--seed", "3", "--json")
    result = json.loads(done.out)
    assert (done.status, done.err) == (0, "")
    assert (result["tickets"], result["seed"]) == (12, 3)
    assert result["commands"]["ReceiveConsultation"] == 12
    assert result["events"]["ConsultationReceived"] == 12


def test_without_a_seed_one_is_chosen_and_said(simulate: Simulate) -> None:
    done = simulate("--tickets", "2")
    assert "2 tickets in" in done.out
    assert "--seed" in done.out
    assert "Tickets played" in done.err, "the progress bars are no result"


@pytest.mark.parametrize("tickets", ["0", "-1", "1000001", "many"])
def test_a_wrong_number_of_tickets_is_wrong_usage(simulate: Simulate, tickets: str) -> None:
    done = simulate("--tickets", tickets)
    assert done.status == 2
    assert "--tickets" in done.err
