"""What the services say to each other; the only code that all of them share in meaning."""
