"""The ticket, split at its concepts; each file may import those above it.

| module | what |
|---|---|
| `refusals` | why a rule says no |
| `commands` | what can be asked of a ticket |
| `state` | where a ticket is: its places on the flow chart, its state, `evolve` |
| `rules` | the transition table: which command has its place where; `allowed` and every refusal come from it |
| `drafts` | what the events of one decision have in common: stamp, end of a wait, team |
| `technical_case` | decisions about the case for research and development |
| `moves` | decisions that bring a ticket to a tier, a team or an agent |
| `answers` | decisions about work, answers and verdicts |
| `life` | decisions about waiting, resolving, reopening and closing |
| `ticket` | the flat match over all commands, and `DECIDER` |
| `policy` | what other services' events ask of a ticket |
| `flow` | the table and the diagram of `docs/flow.md`, read off `DECIDER` |

An imported ticket (`origin: import`) follows the same rules with these exceptions, because a log of another system
shows less than a live centre records: an answer needs no proposal, no holder and no lead, may follow the end of the
ticket, and RDE's own is recorded as `answered_by_rde`; a refused answer stays where it is instead of going up; an entry
to RDE opens no technical case; a move neither ends a wait nor needs a reason; and anybody may be given the ticket.
"""
