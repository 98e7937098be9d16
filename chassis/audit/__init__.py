"""Who did what, on what and when; and a chain that shows if somebody changed it afterwards."""
