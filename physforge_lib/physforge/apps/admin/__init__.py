"""The page for administrators: people, requests to join, servers, health and the event log."""
