"""The programs are scripts of the dialect: test_programs.py runs them."""

collect_ignore_glob = ["programs/*"]
