"""Whose orders are: where a number names one, and which messages wait for it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "order_home",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("compartment", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", "number", "id"),
    )
    op.create_index("ix_order_home_compartment", "order_home", ["compartment"])
    op.create_table(
        "order_wait",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("spool_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "number", "spool_seq"),
    )
    op.create_index("ix_order_wait_spool_seq", "order_wait", ["spool_seq"])
