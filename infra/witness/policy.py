"""A trust policy file (C2SP tlog-policy) read from disk, and what it demands in words."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from core.errors import BadProof, ConfigError
from core.tlog import quorum
from core.tlog.note import SignatureType
from core.tlog.quorum import Party, Quorum

_KINDS = {
    SignatureType.ED25519: "Ed25519",
    SignatureType.COSIGNATURE_ED25519: "Ed25519",
    SignatureType.COSIGNATURE_ML_DSA_44: "ML-DSA-44",
}


def read(path: Path) -> Quorum:
    """ConfigError names the file, the line and what to do."""
    try:
        return quorum.parse(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"{path}: the trust policy cannot be read ({error.strerror}). Correct the path."
        ) from error
    except BadProof as bad:
        raise ConfigError(f"{path}: {bad.detail}. Correct the policy.") from bad


def places(policy: Quorum) -> Mapping[str, Sequence[str]]:
    """Address → names of the witnesses asked there: one may stand in the policy with several
    keys."""
    named: dict[str, list[str]] = {}
    for name, one in policy.witnesses.items():
        if one.url:
            named.setdefault(one.url, []).append(name)
    return named


def words(policy: Quorum) -> Iterator[str]:
    for one in policy.logs:
        yield f"log {_party(one)}"
    for name, one in policy.witnesses.items():
        yield f"witness {name}: {_party(one)}"
    if policy.needed:
        yield f"A checkpoint counts when cosigned by {_demand(policy, policy.needed)}."
        yield f"That takes {_fewest(policy, policy.needed)} cosignatures or more."
    else:
        yield "A checkpoint counts without any cosignature."


def findings(policy: Quorum) -> Iterator[str]:
    """Where it demands less than it seems to."""
    if not policy.logs:
        yield "No log is named: a proof cannot be checked by this file alone."
    if not policy.needed:
        yield "No witness is needed: a log may show everybody another history."
        return
    reached = set(_names(policy, policy.needed))
    for name in policy.witnesses:
        if name not in reached:
            yield f"{name} counts for nothing: the quorum does not reach it."
    for name in reached & policy.groups.keys():
        owners = [_owners(policy, one) for one in policy.groups[name].members]
        everyone = set[str]().union(*owners)
        if sum(map(len, owners)) > len(everyone) > 1:
            yield (
                f"{name}: one witness counts there more than once. Put its keys into a group of "
                "their own, and that group in here."
            )


def _party(one: Party) -> str:
    return f"{one.key.name} ({_KINDS[one.key.type]}){f', {one.url}' if one.url else ''}"


def _demand(policy: Quorum, name: str) -> str:
    group = policy.groups.get(name)
    if group is None:
        return name
    members = [_demand(policy, one) for one in group.members]
    if len(members) == 1:
        return members[0]
    return f"{group.least} of ({', '.join(members)})"


def _fewest(policy: Quorum, name: str) -> int:
    group = policy.groups.get(name)
    if group is None:
        return 1
    return sum(sorted(_fewest(policy, one) for one in group.members)[: group.least])


def _names(policy: Quorum, name: str) -> Iterator[str]:
    """It and all that it is made of."""
    yield name
    if name in policy.groups:
        for one in policy.groups[name].members:
            yield from _names(policy, one)


def _owners(policy: Quorum, name: str) -> set[str]:
    """Whose keys it is made of: one witness may have several."""
    found = set(_names(policy, name)) & policy.witnesses.keys()
    return {policy.witnesses[one].key.name for one in found}
