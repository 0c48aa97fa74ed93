"""Apps for people who write no code: Panel pages behind the hub's login, whose work runs as the person."""
