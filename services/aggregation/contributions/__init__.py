"""What each report adds to the figures, kept so that every change can be explained."""
