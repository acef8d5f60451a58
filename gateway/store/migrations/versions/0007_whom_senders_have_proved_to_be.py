"""Whom senders have proved to be: a source's certificates, and who sent what is no source's."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; no source is bound to a certificate yet."""
    op.add_column(
        "source", sa.Column("certificates", sa.String(), nullable=False, server_default="")
    )
    op.add_column("spool", sa.Column("sender", sa.String(), nullable=True))
