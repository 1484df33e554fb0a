"""What the ledger knows: read models that are folded from events, and the queries over them."""
