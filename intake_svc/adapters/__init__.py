"""What intake takes from outside."""
