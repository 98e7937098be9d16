"""What changed, told to programs: a thin signal for a web front to fan out."""
