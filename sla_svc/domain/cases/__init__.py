"""Tables of cases by which a centre checks its calendars and policies, and keeps them checked.

| module | what |
|---|---|
| `moments` | moments and durations as they are written in a case |
| `happenings` | what happened to the ticket of a case: the events of the contracts, in few words |
| `document` | the file as it is written: `CaseFile` |
| `verdicts` | what was expected and what was found |
| `timing` | cases of a calendar |
| `judging` | cases of a policy |
"""
