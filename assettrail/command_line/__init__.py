"""The command line `assettrail …`: options in, one call into the house, text or JSON out.

Here belong only words and exit codes; what a command does is written in the package that owns it. Heavy
libraries are imported inside the commands, so that `--help` answers at once.
"""

from assettrail.command_line.application import main

__all__ = ["main"]
