"""The command `pgstrike`: its subcommands, one module for each subject."""
