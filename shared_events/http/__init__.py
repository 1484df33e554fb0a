"""The building blocks of every HTTP API (D14): this is their table of contents."""

from shared_events.contracts.envelope import Position
from shared_events.http.access import Authenticate, Principal, Role, SentHeader
from shared_events.http.bodies import CLOCK_TOLERANCE, CommandBody, Identifier, Moment, ShortText, Text, TicketPath
from shared_events.http.conditional import IF_NONE_MATCH_PATTERN, etag_matches, etag_of, parse_positions
from shared_events.http.cursors import Cursors
from shared_events.http.problems import (
    COMMAND_RESPONSES,
    READ_RESPONSES,
    Problem,
    ProblemOut,
    install_problem_handlers,
    problem_responses,
)
from shared_events.http.routes import GatedRoute
from shared_events.http.writing import Waits, Write, reader, refuse_fault, writer

__all__ = [
    "CLOCK_TOLERANCE",
    "COMMAND_RESPONSES",
    "IF_NONE_MATCH_PATTERN",
    "READ_RESPONSES",
    "Authenticate",
    "CommandBody",
    "Cursors",
    "GatedRoute",
    "Identifier",
    "Moment",
    "Position",
    "Principal",
    "Problem",
    "ProblemOut",
    "Role",
    "SentHeader",
    "ShortText",
    "Text",
    "TicketPath",
    "Waits",
    "Write",
    "etag_matches",
    "etag_of",
    "install_problem_handlers",
    "parse_positions",
    "problem_responses",
    "reader",
    "refuse_fault",
    "writer",
]
