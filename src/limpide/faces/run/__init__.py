"""`limpide run`: course code as it stands, in one process."""
