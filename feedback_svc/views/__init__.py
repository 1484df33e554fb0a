"""What feedback keeps from other services' events."""
