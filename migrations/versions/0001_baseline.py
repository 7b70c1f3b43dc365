"""The baseline: everything that sql/state holds."""

import json

from alembic import op

from pgstrike.db.install.engine import EngineChoice
from pgstrike.db.install.render import Engine
from pgstrike.db.install.schema import definitions, state_hash
from pgstrike.migrations.run import run

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade(engine: Engine, choice: EngineChoice) -> None:
    run("0001_baseline.sql", engine)
    cursor = op.get_bind().connection.cursor()
    cursor.execute(
        "INSERT INTO job.installation"
        " (engine, made_extension, state_hash, definitions) VALUES (%s, %s, %s, %s)",
        (
            engine,
            choice.made_extension,
            state_hash(engine),
            json.dumps(definitions(engine)),
        ),
    )


def downgrade(engine: Engine, choice: EngineChoice | None) -> None:
    """All data goes."""
    run("0001_baseline_down.sql", engine)
