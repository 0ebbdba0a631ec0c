"""The one exception tree. Who catches what decides whether the process lives.

`Refused` and its children are about somebody else's bytes: set them aside, go on.
`FatalError` is about our own state: nobody catches it, the process stops and
start-up recovery takes over (I8).
"""


class MenweiError(Exception):
    """Root of every error this project raises on purpose."""


class Refused(MenweiError):
    """Input that is kept aside with a reason and never acted upon.

    `reason` is one word from a small fixed set (it becomes a metric label);
    `detail` is for the operator and may not carry personal data.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Undecodable(Refused):
    """A device payload that no adapter can turn into events; goes to quarantine."""


class BadFrame(Refused):
    """A batch or receipt whose bytes, signature, chain or number do not hold."""


class BadProof(Refused):
    """A Merkle proof, checkpoint or note that does not hold, or is not formed like one."""


class ConfigError(MenweiError):
    """A configuration that may not be started with; names file, key and remedy."""


class EnvironmentFault(MenweiError):
    """The machine does not allow it (port taken, no permission, newer data): exit code 3."""


class FatalError(MenweiError):
    """Our own state is impossible or storage failed: stop, loudly; recover at start."""


class DiskFull(FatalError):
    """There was no room and nothing changed. Fatal to who can not wait for room."""


class Unavailable(MenweiError):
    """A database did not answer. Whether a commit under way was done is not known; nothing is
    lost by it. Wait, connect again, read where things stand, and go on from there."""
