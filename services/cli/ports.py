"""Looks whether a port is free before anything is started that would have to be stopped again."""

import socket

from services.cli.failures import Failure, Status


def refuse_taken_port(host: str, port: int, setting: str) -> None:
    """A failure that names the address and the setting, if somebody else has the port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Failure(
                f"Cannot listen on {host}:{port}. Expected it to be free and ours, found: {error.strerror}. "
                f"End the program that uses it, or set {setting} to another port.",
                Status.IN_USE,
            ) from error
