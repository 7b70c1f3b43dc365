"""${message}."""

from migrations.run import run

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade(engine, choice):
    run("${up_revision}.sql", engine)


def downgrade(engine, choice):
    raise NotImplementedError("restore the backup taken before the upgrade")
