"""Takes reports in, keeps every version of them, and knows the wards and the templates."""
