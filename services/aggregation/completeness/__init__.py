"""Which wards have reported, and how far each report has come."""
