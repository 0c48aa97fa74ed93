"""The program of a published dashboard: a server of its owner that serves one page to those who may see it."""
