"""The parts of `physforge.jobs.sql_store`: one kind of statement a module."""
