"""Alembic's entry: the connection of `gateway.store.migrations.upgrade`, in its transaction."""

from alembic import context
from sqlmodel import SQLModel

import gateway.store.models  # noqa: F401 - defines the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
context.run_migrations()
