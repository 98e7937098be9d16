"""How a person wants to be reached outside the app."""
