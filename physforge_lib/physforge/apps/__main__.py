"""Serve the apps: ``python -m physforge.apps``, told by its environment as any service of the hub."""

from physforge.apps.serving import serve

if __name__ == "__main__":
    serve()
