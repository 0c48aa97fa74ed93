"""Serve a dashboard: ``python -m physforge.apps.published``, told by its environment as any server of the hub."""

from physforge.apps.published.serving import serve

if __name__ == "__main__":
    serve()
