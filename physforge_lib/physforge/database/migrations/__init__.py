"""Alembic's environment and the migrations, in the package so that a wheel carries them."""
