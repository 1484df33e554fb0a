"""The read side. It owns no events: it consumes those of all other services, and answers what is known now.

It keeps one row per ticket (`views/tickets`), from which lists, queues, desks and figures are queried, and reads the
timeline of a ticket straight from the log.
"""
