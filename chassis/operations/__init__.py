"""What an operator sees and mends: the flow of events, and dead letters."""
