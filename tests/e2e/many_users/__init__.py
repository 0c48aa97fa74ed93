"""One workbench for many users, started once for all that is asked here."""
