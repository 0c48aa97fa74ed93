"""Which principals have the id of an account at the hub."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

#: What a user loses when this migration is taken back; empty if nothing.
LOSES = ""


def upgrade() -> None:
    """Apply the migration. Those who are there were named by the hub; they get their accounts' ids as they come."""
    with op.batch_alter_table("principal") as table:
        table.add_column(sa.Column("is_account", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("principal") as table:
        table.drop_column("is_account")
