"""One id for one person: the account's; whoever had another one keeps what is theirs, and nobody inherits."""

import uuid

import pytest
import sqlalchemy as sa

from physforge.database import Database, downgrade, upgrade
from physforge.database.principals import Entered, enter_account, enter_groups, enter_principal, retire_principal
from physforge.database.tables import METADATA, ApiKey, Grant, Membership, Principal, Project
from physforge.database.tables.base import now

ADA, BEA = uuid.uuid4(), uuid.uuid4()


@pytest.fixture
def database(url):
    database = Database.open(url)
    yield database
    database.close()


def give_things(database: Database, owner: uuid.UUID) -> None:
    """Enter a row in each table that can be had without data sets."""
    with database.writing() as session:
        project = Project(name="lab", owner_id=owner)
        session.add(project)
        session.flush()
        session.add(
            Grant(object_kind="project", object_id=project.id, principal_id=owner, role="viewer", granted_by=owner)
        )
        session.add(
            ApiKey(
                principal_id=owner,
                name="k",
                digest=uuid.uuid4().hex * 2,
                scopes=["read"],
                created_at=now(),
                expires_at=now(),
            )
        )


def mentions(database: Database, principal: uuid.UUID) -> set[str]:
    """Return the columns in which an id stands."""
    keys = [key for table in METADATA.tables.values() for key in table.foreign_keys]
    columns = [key.parent for key in keys if key.column is Principal.__table__.c.id]
    with database.reading() as session:
        return {
            f"{column.table.name}.{column.name}"
            for column in columns
            if session.scalar(sa.select(sa.func.count()).where(column == principal))
        }


THINGS = {
    "project.owner_id",
    "grant.principal_id",
    "grant.granted_by",
    "api_key.principal_id",
    "membership.principal_id",
}


def test_a_new_account_is_its_principal(database):
    assert enter_account(database, "ada", ADA) == enter_account(database, "ada", ADA) == Entered(ADA)
    assert mentions(database, ADA) == {"project.owner_id"}


@pytest.mark.parametrize("is_local", [False, True])
def test_who_was_known_by_name_alone_keeps_everything_under_the_accounts_id(database, is_local):
    old = enter_principal(database, "local" if is_local else "ada")
    give_things(database, old)
    enter_groups(database, old, ["optics"])
    assert mentions(database, old) == THINGS
    assert enter_account(database, "ada", ADA, is_local=is_local) == Entered(ADA, before=old)
    assert mentions(database, ADA) == THINGS
    assert mentions(database, old) == set()
    assert enter_account(database, "ada", ADA, is_local=is_local) == Entered(ADA)
    with database.reading() as session:
        assert session.scalars(sa.select(Principal.id)).all() == [ADA]


def test_another_account_of_the_same_name_inherits_nothing(database):
    enter_account(database, "ada", ADA)
    give_things(database, ADA)
    enter_groups(database, ADA, ["optics"])
    assert enter_account(database, "ada", BEA) == Entered(BEA, displaced=ADA)
    assert mentions(database, BEA) == {"project.owner_id"}
    # What the first one owned is there still, and neither keys nor memberships are good.
    assert mentions(database, ADA) == THINGS - {"membership.principal_id"}
    with database.reading() as session:
        assert session.scalar(sa.select(ApiKey.revoked_at)) is not None
        assert session.scalars(sa.select(Membership.group_id)).all() == []
    assert enter_account(database, "ada", ADA) == Entered(None)


def test_a_retired_account_is_nobody(database):
    enter_account(database, "ada", ADA)
    with database.writing() as session:
        retire_principal(session, session.get_one(Principal, ADA))
    assert enter_account(database, "ada", ADA) == Entered(None)


def test_an_account_that_is_called_otherwise_now_is_the_same(database):
    enter_account(database, "ada", ADA)
    assert enter_account(database, "ada.l", ADA) == Entered(ADA)
    assert enter_account(database, "ada", BEA) == Entered(BEA)


def test_the_local_principal_gives_way_to_nobody(database):
    enter_account(database, "ada", ADA, is_local=True)
    give_things(database, ADA)
    # The workbench was begun anew for somebody called otherwise: the data on the machine are those of its owner.
    assert enter_account(database, "bea", BEA, is_local=True) == Entered(BEA, before=ADA)
    enter_account(database, "cleo", ADA)
    assert enter_account(database, "cleo", ADA, is_local=True) == Entered(BEA)


def test_whoever_is_there_before_the_migration_is_no_account_yet(url):
    database = Database.open(url)
    downgrade(database.engine, "0003", allow_data_loss=True)
    old = uuid.uuid4()
    insert = sa.text("INSERT INTO principal (id, hub_name, created_at) VALUES (:id, 'ada', :now)")
    values = insert.bindparams(
        sa.bindparam("id", type_=sa.Uuid()), sa.bindparam("now", type_=sa.DateTime(timezone=True))
    )
    with database.engine.begin() as connection:
        connection.execute(values, {"id": old, "now": now()})
    upgrade(database.engine)
    assert enter_account(database, "ada", ADA) == Entered(ADA, before=old)
    database.close()
