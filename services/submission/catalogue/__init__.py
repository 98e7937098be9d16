"""Who reports and on what: the wards and templates, from files beside this line."""
