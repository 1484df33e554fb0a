"""The HTTP resources of intake: `/v1/consultations`."""
