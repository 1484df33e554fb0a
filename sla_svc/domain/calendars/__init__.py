"""Business time: when a centre is open, as pure functions on whole seconds since 1970 UTC.

| module | what |
|---|---|
| `hours` | windows of a day as they are written ("09:00-12:00", "22:00-06:00", "00:00-24:00") |
| `names` | what a day is called, in Chinese and English |
| `special_days` | dates that differ from the week |
| `document` | a calendar as it is written and published: `CalendarDocument` |
| `shipping` | a document that builds on a shipped one, turned into one that stands alone |
| `wall_clock` | the instant at which a wall clock reaches an hour, also where it is put forward or back |
| `openings` | the windows of dates, as instants, each with the reason why |
| `calendar` | `Calendar`: deadline, elapsed, stretches; `compile_calendar` |

Windows are half-open: the moment of opening counts, the moment of closing does not. A window belongs to the date on
which it begins, so the night shift before a holiday runs to its end and the one that would begin on it does not exist.
"""
