"""The processes of the workbench: what runs, how it is configured, how it starts and stops."""
