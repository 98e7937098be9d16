"""What waits for the reviewers, counted by template and period."""
