"""The published language and the machinery that every service shares."""
