"""The validation service: runs the rules, queues for review, judges every report's state."""
