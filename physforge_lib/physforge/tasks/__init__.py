"""Science wired to jobs: for each kind its settings (`config`, which imports no science) and the work (`run`).

The kinds are found through the entry points ``physforge.tasks``; see `physforge.jobs.find_task`.
A job gives what the direct call gives, to the last bit.
"""
