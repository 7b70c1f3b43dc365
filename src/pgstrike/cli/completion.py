"""`pgstrike completion`: what a shell needs to complete our commands."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a SHELL.

    Example, for bash: eval "$(pgstrike completion bash)"
    """
    found = get_completion_class(shell)
    assert found is not None
    program = ctx.find_root().command
    click.echo(found(program, {}, "pgstrike", "_PGSTRIKE_COMPLETE").source())
