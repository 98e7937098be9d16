"""Reports as they come in from the wards, and what became of each."""
