"""What the REST API takes and gives, in the words of the OpenAPI document."""

from __future__ import annotations

import inspect
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from physforge.datasets.store import DatabaseStore
from physforge.datasets.store.names import normalise_name
from physforge.errors import DatasetError

Item = TypeVar("Item")

_ID = "8b0d9f0e-6e0c-4a51-9d0a-4f2f1e1f8a11"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # pragma: allowlist secret
_WHEN = "2026-11-30T09:30:00Z"

#: Said of a version in other ways; as options they would be taken for that.
_NOT_FOR_READERS = frozenset(inspect.signature(DatabaseStore.add).parameters)

#: `policy.KEY_SCOPES`, for the OpenAPI document.
KeyScope = Literal["read", "write", "share", "audit", "admin", "metrics"]

GrantRole = Literal["viewer", "collaborator", "owner"]
SubjectKind = Literal["principal", "group"]


def _named(text: str) -> str:
    try:
        return normalise_name(text)
    except DatasetError as error:
        raise ValueError(str(error)) from None


def _printable(text: str) -> str:
    if any(not sign.isprintable() for sign in text):
        raise ValueError("it holds a character that cannot be seen")
    return text


def _for_readers(options: dict[str, Any]) -> dict[str, Any]:
    for name in options:
        if not name.isidentifier() or len(name) > 32 or name.startswith("_") or name in _NOT_FOR_READERS:
            raise ValueError("it names an option that no reader takes")
    return options


#: What the reader is told each time the data set is opened.
Options = Annotated[dict[str, Any], AfterValidator(_for_readers)]

#: A name by the rules of the store: no path, nothing that cannot be seen, at most 255 bytes.
Name = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_named)]

#: Of a version.
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]

#: One line of text.
Line = Annotated[str, Field(max_length=1000), AfterValidator(_printable)]


class Strict(BaseModel):
    """What is sent: a field that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel, Generic[Item]):
    """A part of a list."""

    items: list[Item]
    next: str | None = Field(default=None, description="Give it as cursor for the next part; null at the end.")


class Health(BaseModel):
    """How the service is."""

    status: Literal["ok", "failing"]
    failing: list[str] = Field(default_factory=list, examples=[["hub"]])


class Quota(BaseModel):
    """What the data sets of an owner take."""

    used_bytes: int = Field(examples=[1048576])
    limit_bytes: int | None = Field(description="Null where there is no limit.", examples=[10737418240])


class JobLimits(BaseModel):
    """What jobs may take; null where there is no limit."""

    running: int | None = Field(description="At the same time; more wait.", examples=[4])
    queued: int | None = Field(description="More are refused.", examples=[1000])
    cpu_s: float | None = Field(description="Seconds of processors in 30 days.", examples=[360000])
    gpu_s: float | None = Field(examples=[36000])
    artifact_bytes: int | None = Field(examples=[10737418240])


class JobUsage(BaseModel):
    """What jobs take."""

    running: int
    queued: int
    cpu_s: float
    gpu_s: float
    artifact_bytes: int


class JobQuota(BaseModel):
    """What jobs may take, and what they do."""

    limits: JobLimits
    used: JobUsage


class JobQuotas(BaseModel):
    """Of all jobs of a person, and of those in the default project."""

    user: JobQuota
    project: JobQuota


class Me(BaseModel):
    """Who calls."""

    id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["ada"])
    roles: list[str] = Field(examples=[["admin"]])
    groups: list[str] = Field(examples=[["lab"]])
    scopes: list[str] = Field(examples=[["read", "write"]])
    credential: Literal["hub", "key"]
    quota: Quota
    jobs: JobQuotas | None = Field(None, description="Null where jobs have no limits.")


class NewKey(Strict):
    """An API key to be made."""

    name: Line = Field(min_length=1, examples=["nightly upload"])
    scopes: list[KeyScope] = Field(min_length=1, max_length=20, examples=[["read", "write"]])
    expires_in_days: int = Field(90, ge=1, le=366, examples=[90])


class Key(BaseModel):
    """An API key."""

    id: UUID = Field(examples=[_ID])
    name: str
    scopes: list[str]
    created: datetime = Field(examples=[_WHEN])
    expires: datetime = Field(examples=[_WHEN])
    last_used: datetime | None


class CreatedKey(Key):
    """A new API key, the one time that it is shown."""

    key: str | None = Field(description="Null when an earlier call with the same Idempotency-Key made it.")


class NewLogin(Strict):
    """A program that wants to be let in as somebody."""

    client: Line = Field(min_length=1, max_length=200, description="What it calls itself.", examples=["ada's laptop"])
    scopes: list[KeyScope] = Field(["read", "write"], min_length=1, max_length=20, examples=[["read", "write"]])
    key_days: int = Field(30, ge=1, le=90, description="How long its key is to be good.", examples=[30])


class BegunLogin(BaseModel):
    """A login that waits for its person."""

    device_code: str = Field(description="A secret; the program asks for its key with it.")
    user_code: str = Field(description="What the person types on the page.", examples=["BCDF-GHJK"])
    page: str = Field(description="Below the workbench's address.", examples=["/hub/device"])
    expires_in: int = Field(description="Seconds.", examples=[600])
    interval: int = Field(description="Seconds between two questions.", examples=[5])


class UserCode(Strict):
    """A code as somebody typed it."""

    user_code: str = Field(min_length=1, max_length=40, examples=["BCDF-GHJK"])


class LoginDecision(UserCode):
    """Whether a program is let in."""

    approve: bool = Field(examples=[True])


class DeviceCode(Strict):
    """What a program asks for its key with."""

    device_code: str = Field(min_length=1, max_length=100, examples=["the secret from the beginning of the login"])


class LoginRecord(BaseModel):
    """What a program wants."""

    client: str = Field(examples=["ada's laptop"])
    scopes: list[str] = Field(examples=[["read", "write"]])
    key_days: int = Field(examples=[30])
    expires: datetime = Field(examples=[_WHEN])


class NewProject(Strict):
    """A project to be made."""

    name: Name = Field(examples=["tidal channels"])


class ProjectRecord(BaseModel):
    """A piece of work."""

    id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["tidal channels"])
    owner_id: UUID = Field(examples=[_ID])
    owner: str = Field(examples=["ada"])
    role: str = Field(description="Of the caller.", examples=["owner"])
    created: datetime = Field(examples=[_WHEN])


class DerivationRecord(Strict):
    """That a version was computed from another one."""

    source: UUID = Field(description="Of the version.", examples=[_ID])
    operation: Line = Field("", examples=["differentiate"])
    settings: dict[str, Any] = Field(default_factory=dict, examples=[{"order": 2}])


class VersionRecord(BaseModel):
    """One state of a data set; it never changes."""

    id: UUID = Field(examples=[_ID])
    dataset_id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["run7"])
    number: int = Field(examples=[1])
    author: str = Field(examples=["ada"])
    message: str = Field(examples=["recalibrated"])
    created: datetime = Field(examples=[_WHEN])
    sha256: str = Field(examples=[_SHA256])
    size: int = Field(examples=[1048576])
    format: str = Field(examples=["csv"])
    layout: Literal["file", "tree"] = Field(description="A zarr folder is a tree, and is downloaded as a zip file.")
    original_name: str = Field(examples=["run7.csv"])
    options: dict[str, Any] = Field(examples=[{"dims": ["t", "x"]}])
    attributes: dict[str, Any]
    parents: list[UUID]
    derived_from: list[DerivationRecord]


class DatasetRecord(BaseModel):
    """A data set."""

    id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["run7"])
    project_id: UUID = Field(examples=[_ID])
    owner_id: UUID = Field(examples=[_ID])
    owner: str = Field(examples=["ada"])
    role: str = Field(description="Of the caller.", examples=["viewer"])
    versions: int = Field(examples=[2])
    head: VersionRecord
    created: datetime = Field(examples=[_WHEN])
    removed: datetime | None = Field(description="When it was put into the trash.")


class Restoring(Strict):
    """How a data set comes out of the trash."""

    name: Name | None = Field(None, description="A new name, if the old one is taken.")


class LineageNode(BaseModel):
    """A version in a lineage; what the caller may not see has neither name nor words."""

    id: UUID
    name: str | None
    number: int | None
    sha256: str | None
    author: str | None
    message: str | None
    deleted: bool
    version: VersionRecord | None = Field(description="All of it, where the caller may see it.")


class LineageEdge(BaseModel):
    """That a version comes from another."""

    child: UUID
    parent: UUID
    kind: Literal["parent", "derived"]
    operation: str
    settings: dict[str, Any]


class LineageRecord(BaseModel):
    """Where a version comes from."""

    root: UUID
    versions: list[LineageNode]
    edges: list[LineageEdge]


class NewLink(Strict):
    """How long a download link is to work."""

    seconds: int | None = Field(None, ge=1, le=7 * 24 * 3600, examples=[3600])


class LinkRecord(BaseModel):
    """A download link: whoever has it can download, until it expires."""

    path: str = Field(description="To be appended to the service's address.")
    expires: datetime = Field(examples=[_WHEN])


class NewUpload(Strict):
    """A file that is about to be sent."""

    file_name: Name = Field(description="As the user's file is called; its extension tells its format.")
    size: int = Field(ge=1, description="Bytes.", examples=[1048576])
    name: Name | None = Field(None, description="Of the data set; an existing one gets a new version.")
    project_id: UUID | None = Field(None, description="The caller's default project, if not given.")
    dataset_id: UUID | None = Field(None, description="The data set that this is a new version of.")
    parent: Number | None = Field(None, description="Number of the version that it goes on from.")
    parents: list[Number] = Field(default_factory=list, max_length=100, description="The same, of several.")
    branch: bool = Field(False, description="Whether it may go on from versions that are not the newest.")
    derived_from: list[DerivationRecord] = Field(default_factory=list, max_length=100)
    folder: bool = Field(
        False,
        description="Whether this is a zarr folder: a line 'physforge-folder 1 BYTES', so many bytes of lines "
        "'SHA256 BYTES + PATH' in the order of paths, and the contents; '=' for '+' where the content is not sent.",
    )
    unchanged_from: Number | None = Field(
        None, description="Of a folder: number of the version in which the contents that are not sent are."
    )
    message: Line = ""
    format: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")] | None = Field(None, examples=["csv"])
    options: Options = Field(default_factory=dict, examples=[{"dims": ["t", "x"]}])
    attributes: dict[str, Any] = Field(default_factory=dict)

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"file_name": "run7.csv", "size": 1048576, "name": "run7"}]},
    )


class UploadRecord(BaseModel):
    """An upload that is under way."""

    id: UUID = Field(examples=[_ID])
    size: int = Field(examples=[1048576])
    offset: int = Field(description="How many bytes are there.", examples=[524288])
    chunk_bytes: int = Field(description="Largest chunk.", examples=[8388608])
    expires: datetime = Field(examples=[_WHEN])
    version_id: UUID | None = Field(description="What it has become.")


class Completion(Strict):
    """The end of an upload."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", examples=[_SHA256])


class GrantRequest(Strict):
    """The role that somebody is given."""

    role: GrantRole = Field(examples=["viewer"])


class GrantRecord(BaseModel):
    """The role that somebody has on an object."""

    subject_kind: SubjectKind
    subject_id: UUID = Field(examples=[_ID])
    subject: str = Field(examples=["grace"])
    role: GrantRole
    granted_by: UUID
    created: datetime = Field(examples=[_WHEN])


class Grants(BaseModel):
    """All grants on an object; its owner needs none."""

    owner_id: UUID = Field(examples=[_ID])
    grants: list[GrantRecord]


class DirectoryEntry(BaseModel):
    """Somebody to share with."""

    kind: SubjectKind
    id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["grace"])


class Directory(BaseModel):
    """Those who are called exactly so."""

    entries: list[DirectoryEntry]


class GroupRecord(BaseModel):
    """Persons that are given rights together; the hub says who they are."""

    id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["optics"])


class UserRecord(BaseModel):
    """A principal, as administrators see it."""

    id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["ada"])
    created: datetime = Field(examples=[_WHEN])
    datasets: int
    used_bytes: int
    keys: int = Field(description="API keys that are good.")


class Revoked(BaseModel):
    """What was ended."""

    keys: int


class NoticeChoice(Strict):
    """Where somebody wants to be told that a job has ended."""

    email: Annotated[str, Field(max_length=254, pattern=r"^[!-?A-~]+@[!-?A-~]+$")] | None = Field(
        default=None, examples=["ada@example.org"]
    )
    webhook: Annotated[str, Field(max_length=2000, pattern=r"^https://[!-~]+$")] | None = Field(
        default=None, description="Called with a signed JSON document.", examples=["https://example.org/hook"]
    )


class NoticeRecord(BaseModel):
    """Where the caller is told that a job has ended, and which ways there are."""

    email: str | None
    webhook: str | None
    has_mail: bool = Field(description="Whether the workbench sends mail.")
    has_webhooks: bool = Field(description="Whether it calls webhooks.")
    signing_key: str | None = Field(default=None, description="Of the caller's webhook; shown when it is chosen.")


class Export(BaseModel):
    """Everything that is kept about the caller, without the bytes of data sets."""

    id: UUID
    name: str
    created: datetime
    projects: list[dict[str, Any]]
    datasets: list[dict[str, Any]]
    versions: list[VersionRecord]
    jobs: list[dict[str, Any]]
    keys: list[Key]
    grants_given: list[dict[str, Any]]
    grants_received: list[dict[str, Any]]
    notices: list[dict[str, Any]] = Field(description="Where the caller is told that a job has ended.")


class AuditEntry(BaseModel):
    """An event as it was recorded."""

    seq: int = Field(examples=[1])
    time: datetime = Field(examples=[_WHEN])
    actor: str | None = Field(description="Principal.", examples=[_ID])
    act: str = Field(examples=["dataset.create"])
    object_kind: str = Field(examples=["dataset"])
    object_id: str | None = Field(examples=[_ID])
    outcome: str = Field(examples=["ok"])
    request_id: str | None
    details: dict[str, Any]
    subject: str | None
    personal: dict[str, Any] | None = Field(description="Names, where they were asked for and are not erased.")
    personal_state: str
    hash: str


class AuditPage(BaseModel):
    """A part of the event log."""

    items: list[AuditEntry]
    next: int | None = Field(description="Give it as `after` for the next part.")
