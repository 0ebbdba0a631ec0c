"""The log's verifier key: `menwei audit key` hands it to whoever shall check the log."""

from core.errors import EnvironmentFault
from core.keys import Signer
from core.tlog.checkpoint import log_key
from core.tlog.note import VerifierKey
from infra.audit.place import SignedLog


def own_key(found: SignedLog) -> VerifierKey:
    """Of the life the log is in, by the key that signs it now."""
    path = found.folder / "hub.key"
    if not path.is_file():  # asking for a key makes none
        raise EnvironmentFault(
            f"{path}: is not there. Restore it from a backup, or name the log's key where there is "
            "a --key."
        )
    return log_key(found.life.origin, Signer.load_or_create(path).public)
