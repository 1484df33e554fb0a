"""SLA: will own calendars, policies, clocks, warnings and breaches (D11).

Will emit the events of `shared_events.contracts.sla` and consume those of intake, routing and feedback; until then
it has its place in the wiring and nothing else.
"""
