"""The tree of errors that PhysForge raises.

Every error is also the builtin that a caller would expect, so that
``except ValueError`` works without knowing PhysForge::

    PhysForgeError
    ├── DatasetError (ValueError)           data cannot be read, or breaks the conventions
    │   ├── UnknownDatasetError (LookupError)   nothing in the catalog or the store has that name
    │   └── StaleVersionError (ValueError)      somebody added a version in the meantime
    ├── StoreError (RuntimeError)           the store of data sets fails: a full disk, damaged data
    ├── DatabaseError (RuntimeError)        the database cannot be opened, written or migrated
    ├── AuditError (ValueError)             an event, or a question to the event log, that cannot be taken
    ├── CatalogError (ValueError)           a catalog file is refused
    ├── EquationError (ValueError)          text that is not an equation, or one that cannot be used so
    ├── DerivativeError (ValueError)        a derivative that the data cannot give
    ├── LibraryError (ValueError)           a candidate library that cannot be built or evaluated
    ├── DiscoveryError (ValueError)         a discovery call that cannot be carried out
    ├── SimulationError (ValueError)        an equation and initial state that cannot be integrated
    ├── PinnError (ValueError)              a problem that a network cannot be trained on
    ├── JobError (ValueError)               a job that cannot be submitted, changed or read so
    │   ├── UnknownJobError (LookupError)       there is no such job, or no such kind of job
    │   ├── LostClaimError (RuntimeError)       a worker's job was given to another; nothing of it is kept
    │   ├── JobCancelledError (RuntimeError)    raised inside the work of a job that was cancelled
    │   ├── JobFailedError (RuntimeError)       the result of a job that failed or was cancelled was asked for
    │   └── JobTimeoutError (TimeoutError)      a job has not ended in the time that somebody waited
    ├── AccountError (ValueError)           an account that cannot be made, changed or used so
    │   └── UnknownAccountError (LookupError)   nobody has that name
    ├── SettingsError (ValueError)          an environment variable or option with an unusable value
    ├── MissingExtraError (ImportError)     an optional part of PhysForge is not installed
    ├── RemoteError (RuntimeError)          a remote workbench cannot be reached, or refuses
    └── WorkbenchError (RuntimeError)       the processes of the workbench cannot be started or stopped

One warning is issued of results that may be read with more trust than they deserve::

    UserWarning
    └── DerivativeWarning                   derivatives whose standard deviation may be too small

Outcomes that are nobody's mistake (a budget reached, no equation supported)
are data in a result, never exceptions.
"""

from __future__ import annotations


class PhysForgeError(Exception):
    """Base of every error that PhysForge raises on purpose."""


class DatasetError(PhysForgeError, ValueError):
    """Data that cannot be read, or that break the conventions of a dataset."""


class UnknownDatasetError(DatasetError, LookupError):
    """Nothing in the catalog or the store has the name that was asked for."""


class StaleVersionError(DatasetError):
    """A version that goes on from one that is no longer the newest."""


class StoreError(PhysForgeError, RuntimeError):
    """The store of data sets cannot do its work: a full disk, or damaged data."""


class DatabaseError(PhysForgeError, RuntimeError):
    """The database cannot be opened, written or migrated."""


class AuditError(PhysForgeError, ValueError):
    """An event that cannot be recorded, or an event log that cannot be used as asked."""


class CatalogError(PhysForgeError, ValueError):
    """A catalog file that is malformed or asks for something not allowed."""


class EquationError(PhysForgeError, ValueError):
    """Text that is not an equation, or an equation used where it does not fit."""


class DerivativeError(PhysForgeError, ValueError):
    """A derivative that cannot be computed from the data given."""


class LibraryError(PhysForgeError, ValueError):
    """A candidate library that cannot be built, or evaluated on the data given."""


class DiscoveryError(PhysForgeError, ValueError):
    """A discovery call that cannot be carried out."""


class SimulationError(PhysForgeError, ValueError):
    """An equation and initial state that cannot be integrated."""


class PinnError(PhysForgeError, ValueError):
    """A problem that a network cannot be trained on; the message names the cause and the cure."""


class JobError(PhysForgeError, ValueError):
    """A job that cannot be submitted, changed or read as asked."""


class UnknownJobError(JobError, LookupError):
    """There is no such job, or no such kind of job."""


class LostClaimError(JobError, RuntimeError):
    """A worker's job is no longer its own: the lease ran out, or the job was ended."""


class JobCancelledError(JobError, RuntimeError):
    """Raised inside the work of a job whose end was asked for."""


class JobFailedError(JobError, RuntimeError):
    """The result of a job that failed, or was cancelled, was asked for."""


class JobTimeoutError(JobError, TimeoutError):
    """A job has not ended in the time that somebody waited; it goes on."""


class AccountError(PhysForgeError, ValueError):
    """An account, password or link that cannot be made, changed or used so."""


class UnknownAccountError(AccountError, LookupError):
    """Nobody has the account that was asked for."""


class SettingsError(PhysForgeError, ValueError):
    """A setting with an unusable value."""


class MissingExtraError(PhysForgeError, ImportError):
    """An optional part of PhysForge is needed and not installed."""


class RemoteError(PhysForgeError, RuntimeError):
    """A remote workbench cannot be reached, or refuses what was asked of it."""


class WorkbenchError(PhysForgeError, RuntimeError):
    """The workbench's processes cannot be started, reached or stopped."""


class DerivativeWarning(UserWarning):
    """Derivatives that were computed, whose uncertainty may not be what it says."""
