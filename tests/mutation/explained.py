"""Mutants that may live, and why: whatever they change makes no difference that anybody could see."""

from typing import Final

_FLOW: Final = "routing_svc/domain/flow.py"
_STAMP: Final = '_STAMP: Final[_Stamp] = {"at": datetime(2026, 1, 1, tzinfo=UTC), "by": "an-agent"}'

EXPLAINED: Final[dict[str, str]] = {
    **{
        f"{_FLOW}: {_STAMP} -> {_STAMP.replace('2026, 1, 1', other)}": "the diagram shows no moments, so any will do"
        for other in (" 2027, 1, 1", " 2025, 1, 1", "2026, 2, 1", "2026, 1, 2")
    },
    f'{_FLOW}: ("assign", AssignTicket(agent_id="another", by_lead=True, **_STAMP)), -> '
    '("assign", AssignTicket(agent_id="another", by_lead=False, **_STAMP)),': "a lead is needed only for what somebody "
    "else holds, and the agent of the diagram holds everything",
}
"""By the mutant's name."""
