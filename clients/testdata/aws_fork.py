"""Debian's AWS CLI, loaded once and forked for each command.

Loading the AWS CLI takes three times as long as a call with it. This program loads it as
/usr/bin/aws does, listens on the Unix socket that it is given, and ends when its standard input
does. A connection brings one command as a line of JSON (argv, cwd, env, and the files for what
it prints); a fork becomes that command and answers with its exit status.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import time

import awscli.clidriver
from botocore.loaders import Loader  # which is the AWS CLI's own, once that is loaded

DATA_PATH = os.environ["AWS_DATA_PATH"]  # which loading the AWS CLI has set


SERVICES = (
    "cloudhsmv2",
    "cloudtrail",
    "cloudwatch",
    "ec2",
    "events",
    "iam",
    "kms",
    "logs",
    "organizations",
    "sns",
    "sts",
)


def warm():
    """Loads what every command loads late: clients, their parsers and data, and the signer."""
    read = {}  # what was read of the data files: by where they are looked for, as loaders keep it
    Loader._cache = property(
        lambda loader: read.setdefault(tuple(loader.search_paths), {}),
        lambda loader, nothing: None,
    )
    for service in SERVICES:
        driver = awscli.clidriver.create_clidriver()
        driver.session.set_credentials("none", "none")
        driver.session.create_client(
            service, region_name="us-east-1", endpoint_url="http://127.0.0.1:1"
        )
        driver.subcommand_table[service].create_help_command()


def become(command):
    """Runs the command in this process and returns its exit status."""
    os.chdir(command["cwd"])
    os.environ.clear()
    os.environ.update(command["env"], AWS_DATA_PATH=DATA_PATH)
    time.tzset()
    for fd, path in ((1, command["stdout"]), (2, command["stderr"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), fd)
    sys.argv = command["argv"]
    try:
        return awscli.clidriver.main()
    except SystemExit as end:
        return end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def serve(connection):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection, connection.makefile("r") as lines:
        status = become(json.loads(lines.readline()))
        connection.sendall(b"%d\n" % status)


def main(path):
    # A collection in a fork would look at every object that was loaded, and so copy the memory.
    gc.disable()
    warm()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                null = os.open(os.devnull, os.O_RDONLY)
                os.dup2(null, 0)
                try:
                    serve(connection)
                finally:
                    os._exit(0)
            connection.close()


main(sys.argv[1])
