"""When each sender last told of a resource: what comes last need not have been said last."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; of what is there nobody knows."""
    for table in ("resource", "resource_history"):
        op.add_column(table, sa.Column("told", sa.LargeBinary(), nullable=True))
