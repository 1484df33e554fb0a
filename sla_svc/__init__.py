"""SLA: owns calendars, policies, clocks, warnings and breaches (D11).

Emits the events of `shared_events.contracts.sla`, and consumes those of intake, routing and feedback.
"""
