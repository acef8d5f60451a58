"""When merges were written: what comes last need not have been said last."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns; of what is there nobody knows."""
    op.add_column("merge", sa.Column("clock", sa.LargeBinary(), nullable=True))
    op.add_column("merge", sa.Column("sent", sa.BigInteger(), nullable=True))
