"""Feedback: the callback visit after an accepted answer (CCE-10), and what the customer says there.

Owns the callbacks of a ticket. Emits the events of `shared_events.contracts.feedback`; consumes AnswerAccepted and
ConsultationReceived.
"""
