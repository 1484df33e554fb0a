"""What routing keeps from other services' events."""
