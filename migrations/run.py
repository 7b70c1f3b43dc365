"""How a revision runs its SQL."""

from alembic import op

from pgstrike.db.install.render import Engine, render
from pgstrike.db.paths import MIGRATIONS


def run(name: str, engine: Engine) -> None:
    """Execute a file of migrations/versions, rendered for the engine.

    Raw, on the driver's own cursor: `op.execute` would take a colon in a literal for a
    parameter.
    """
    text = render((MIGRATIONS / "versions" / name).read_text(), engine)
    op.get_bind().connection.cursor().execute(text.encode())
