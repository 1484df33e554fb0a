"""What cannot be answered is told without the texts that were opened for the answer."""

import pytest
from pydantic import BaseModel, ValidationError

from ledger_svc.api.bodies import TicketDetailOut, TimelineOut


@pytest.mark.parametrize("body", [TicketDetailOut, TimelineOut])
def test_an_answer_that_cannot_be_made_does_not_tell_the_texts(body: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as caught:
        body.model_validate({"content": "Call me at 555-0100."})

    assert "555-0100" not in str(caught.value)
