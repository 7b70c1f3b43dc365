"""Live option-chain analytics that live inside Postgres."""
