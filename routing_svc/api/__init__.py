"""The HTTP resources of routing: `/v1/tickets/{ticket_id}/…`, one file for each kind of thing done to a ticket."""
