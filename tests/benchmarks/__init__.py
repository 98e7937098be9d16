"""Measures the line beside other ways of doing the same, in one run on one machine."""
