"""The command line: `oms-tck`, a file for each command."""

from __future__ import annotations

import os
import signal
import sys

import click

from tck.cli.certify import certify
from tck.cli.clauses import clauses
from tck.cli.doctor import doctor
from tck.cli.judge import judge
from tck.cli.prove import prove
from tck.cli.render import render
from tck.cli.replay import replay
from tck.cli.targets import targets
from tck.cli.terminal import complaint
from tck.errors import EnvironmentUnusable, TckError

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="openmessaging-tck")
def oms_tck() -> None:
    """Tell whether an implementation of OpenMessaging conforms to the standard.

    Exit codes: 0 certified for all that was asked, 1 not, 2 usage, 3 the kit or the environment failed.
    """


for command in (certify, targets, clauses, render, replay, judge, prove, doctor):
    oms_tck.add_command(command)


def main() -> None:
    """Run the command line; every error is one message on standard error and an exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = oms_tck.main(standalone_mode=False)
    except TckError as error:
        click.echo(f"oms-tck: {complaint(error)}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("oms-tck: interrupted", err=True)
        code = 3
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        unusable = EnvironmentUnusable(
            f"{error.filename or 'this machine'}: {error.strerror or error}",
            expected="files and folders that can be read and written, and room for them",
            remedy="make room, or name another folder with --out",
        )
        click.echo(f"oms-tck: {unusable}", err=True)
        code = 3
    sys.exit(code if isinstance(code, int) else 0)
