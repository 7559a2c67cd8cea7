"""The programs in `programs/` fail when they run: they are for test_programs.py alone."""

collect_ignore = ["programs"]
