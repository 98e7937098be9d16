"""The drill: a line that is backed up all the time loses its database, and gets it back."""
