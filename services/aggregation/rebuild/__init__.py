"""Makes the facts anew from the topics, beside those that are served from."""
