"""The flow chart once more, as plainly as it can be written and without the code under test: a board with one piece.

It says of each command whether it happens, changes nothing, or is refused, and where the piece stands afterwards.
"""

from dataclasses import dataclass, field
from typing import Final

from routing_svc.domain import commands as c
from shared_events.contracts.base import Tier
from shared_events.contracts.routing import PauseReason, Resolution

HAPPENS: Final = "happens"
NOTHING: Final = "nothing"
REFUSED: Final = "refused"

TIERS: Final = ["CSE", "PSE", "RDE"]
WORK: Final = {
    "CSE": ["CSE-10", "CSE-20", "CSE-30", "CSE-40"],
    "PSE": ["PSE-10", "PSE-20", "PSE-30"],
    "RDE": ["RDE-10", "RDE-20"],
}
VERDICT: Final = {"CSE": "CSE-50", "PSE": "PSE-40", "RDE": "answered-by-RDE"}
FOUND: Final = {"CSE-30": "CSE-40", "CSE-40": "CSE-40", "PSE-20": "PSE-30", "PSE-30": "PSE-30"}


@dataclass
class Board:
    """Where the piece stands."""

    box: str = "unrouted"
    tier: str = ""
    team: str = ""
    holder: str | None = None
    wait: PauseReason | None = None
    case: bool = False
    answers: list[str] = field(default_factory=list)
    teams: dict[str, str] = field(default_factory=dict)
    pse: str | None = None
    resolution: Resolution | None = None
    callbacks: set[str] = field(default_factory=set)

    @property
    def working(self) -> bool:
        """Somebody works on it, or should."""
        return self.box in WORK.get(self.tier, [])

    @property
    def answered(self) -> bool:
        """The customer has an answer and has not said anything."""
        return self.box == VERDICT.get(self.tier)

    def play(self, command: c.Command) -> str:
        """One command."""
        outcome: str = getattr(self, f"_{command.action.value}")(command)
        return outcome

    def _enter(self, tier: str, team: str | None) -> str:
        if self.tier == "PSE" and tier != "PSE":
            self.pse = self.holder
        if self.answers and self.answers[-1] == "proposed":
            self.answers[-1] = "lapsed"
        self.team = team or self.teams.get(tier) or tier.lower()
        self.teams[tier] = self.team
        self.tier, self.box, self.holder, self.wait = tier, WORK[tier][0], None, None
        self.case = self.case or tier == "RDE"
        return HAPPENS

    def _is_here(self, tier: Tier | None, team: str | None) -> bool:
        return tier is not None and tier.value == self.tier and team in {None, self.team}

    def _route(self, command: c.RouteTicket) -> str:
        if self.box != "unrouted":
            here = (self.working or self.answered) and self._is_here(command.tier, command.team)
            return NOTHING if command.automatic or here else REFUSED
        if command.tier is not Tier.CSE and not command.reason and not command.direct_reason:
            return REFUSED
        return self._enter(command.tier.value, command.team)

    def _assign(self, command: c.AssignTicket) -> str:
        if not (self.working or self.answered):
            return REFUSED
        if self.holder == command.agent_id:
            return NOTHING
        if self.holder not in {None, command.by} and not command.by_lead:
            return REFUSED
        self.holder = command.agent_id
        return HAPPENS

    def _release(self, command: c.ReleaseTicket) -> str:
        if not (self.working or self.answered):
            return REFUSED
        if self.holder is None:
            return NOTHING
        if self.holder != command.by and not command.by_lead:
            return REFUSED
        self.holder = None
        return HAPPENS

    def _walk(self, boxes: list[str], first: str, second: str) -> str:
        if self.box not in boxes or self.holder is None:
            return REFUSED
        if self.box == first:
            self.box = second
        return HAPPENS

    def _record_problem(self, _command: c.RecordProblem) -> str:
        return self._walk(WORK["CSE"], "CSE-10", "CSE-20")

    def _record_search(self, _command: c.RecordSearch) -> str:
        return self._walk(WORK["CSE"][1:], "CSE-20", "CSE-30")

    def _record_analysis(self, _command: c.RecordAnalysis) -> str:
        if self.tier == "RDE":
            return self._walk(WORK["RDE"], "RDE-10", "RDE-20")
        return self._walk(WORK["PSE"], "PSE-10", "PSE-20")

    def _propose_answer(self, _command: c.ProposeAnswer) -> str:
        if self.box not in FOUND or self.holder is None:
            return REFUSED
        if self.answers and self.answers[-1] == "proposed":
            self.answers[-1] = "lapsed"
        self.answers.append("proposed")
        self.box = FOUND[self.box]
        return HAPPENS

    def _submit_answer(self, command: c.SubmitAnswer) -> str:
        number = command.answer or len(self.answers) + (self.box not in {"CSE-40", "PSE-30"})
        if self._is(number, "submitted", "accepted", "rejected"):
            return NOTHING
        if self.holder is None:
            return REFUSED
        if self.box in {"CSE-40", "PSE-30"}:
            fits = number == len(self.answers) and not command.exception and not command.text
        else:
            by_exception = bool(command.exception and command.by_lead and command.text)
            fits = self.box in WORK["RDE"] and by_exception and number == len(self.answers) + 1
        if not fits:
            return REFUSED
        self.answers[number - 1 :] = ["submitted"]
        self.box, self.wait = VERDICT[self.tier], None
        return HAPPENS

    def _is(self, number: int, *statuses: str) -> bool:
        return 0 < number <= len(self.answers) and self.answers[number - 1] in statuses

    def _judge(self, number: int | None, verdict: str) -> str:
        number = number or len(self.answers)
        if self._is(number, verdict):
            return NOTHING
        if not self.answered or not self._is(number, "submitted"):
            return REFUSED
        self.answers[number - 1] = verdict
        return HAPPENS

    def _accept_answer(self, command: c.AcceptAnswer) -> str:
        outcome = self._judge(command.answer, "accepted")
        if outcome == HAPPENS:
            self.box, self.resolution = "resolved", Resolution.ACCEPTED
        return outcome

    def _reject_answer(self, command: c.RejectAnswer) -> str:
        outcome = self._judge(command.answer, "rejected")
        if outcome == HAPPENS and self.tier == "RDE":
            self.box = "RDE-10"
        elif outcome == HAPPENS:
            self._enter(self._above(), command.team)
        return outcome

    def _above(self) -> str:
        return TIERS[TIERS.index(self.tier) + 1]

    def _report_no_answer(self, command: c.ReportNoAnswer) -> str:
        if self.box not in {"CSE-30", "PSE-20"} or self.holder is None:
            return REFUSED
        return self._enter(self._above(), command.team)

    def _step(self, command: c.EscalateTicket | c.HandBackTicket, direction: int) -> str:
        if self.working and self._is_here(command.tier, command.team):
            return NOTHING
        if not self.working:
            return REFUSED
        here = TIERS.index(self.tier)
        there = here + direction if command.tier is None else TIERS.index(command.tier.value)
        distance = (there - here) * direction
        if there not in range(3) or distance < 1 or (distance == 2 and not command.reason):
            return REFUSED
        return self._enter(TIERS[there], command.team)

    def _escalate(self, command: c.EscalateTicket) -> str:
        return self._step(command, +1)

    def _hand_back(self, command: c.HandBackTicket) -> str:
        return self._step(command, -1)

    def _transfer(self, command: c.TransferTicket) -> str:
        if not self.working:
            return REFUSED
        if command.team == self.team:
            return NOTHING
        if not command.told_customer:
            return REFUSED
        self.team = self.teams[self.tier] = command.team
        self.holder = self.wait = None
        return HAPPENS

    def _open_technical_case(self, _command: c.OpenTechnicalCase) -> str:
        if not self.working or self.tier == "CSE" or self.case:
            return REFUSED
        self.case = True
        return HAPPENS

    def _answer_technical_case(self, command: c.AnswerTechnicalCase) -> str:
        if self.box != "RDE-20" or not self.case or self.holder is None:
            return REFUSED
        same_team = command.team is None or command.team == self.teams.get("PSE")
        pse = self.pse if same_team and "PSE" in self.teams else None
        self._enter("PSE", command.team)
        self.answers.append("proposed")
        self.box, self.holder, self.case = "PSE-30", pse, False
        return HAPPENS

    def _inform_customer(self, _command: c.InformCustomer) -> str:
        return HAPPENS if self.working or self.answered or self.box == "resolved" else REFUSED

    def _pause(self, command: c.PauseTicket) -> str:
        if not self.working:
            return REFUSED
        if self.wait is command.reason:
            return NOTHING
        self.wait = command.reason
        return HAPPENS

    def _resume(self, _command: c.ResumeTicket) -> str:
        if self.box == "unrouted":
            return REFUSED
        outcome = NOTHING if self.wait is None else HAPPENS
        self.wait = None
        return outcome

    def _resolve(self, command: c.ResolveTicket) -> str:
        if self.box == "resolved" and self.resolution is command.resolution:
            return NOTHING
        silent = command.resolution is Resolution.NO_VERDICT
        fits = self.answered if silent else self.working and command.resolution is not Resolution.ACCEPTED
        if not fits:
            return REFUSED
        return self._end("resolved", command.resolution)

    def _end(self, box: str, resolution: Resolution | None) -> str:
        if self.answers and self.answers[-1] == "proposed":
            self.answers[-1] = "lapsed"
        self.box, self.resolution, self.wait = box, resolution, None
        return HAPPENS

    def _reopen(self, command: c.ReopenTicket) -> str:
        if command.callback_id in self.callbacks:
            return NOTHING
        if self.box not in {"resolved", "closed"}:
            in_work = command.callback_id is not None and self.box != "unrouted"
            return NOTHING if in_work else REFUSED
        if self.answers and self.answers[-1] == "submitted":
            self.answers[-1] = "lapsed"
        if command.callback_id is not None:
            self.callbacks.add(command.callback_id)
        tier = command.tier.value if command.tier else self.tier or "CSE"
        outcome = self._enter(tier, command.team)
        self.pse = None
        return outcome

    def _close(self, _command: c.CloseTicket) -> str:
        if self.box == "closed":
            return NOTHING
        return self._end("closed", self.resolution) if self.box == "resolved" else REFUSED

    def _withdraw(self, _command: c.WithdrawTicket) -> str:
        return NOTHING if self.box == "closed" else self._end("closed", None)
