"""Whether weights of one row can be true, and agree."""

from collections.abc import Mapping

from infra.importing.aside import Unfit
from infra.importing.cells import Weight, naming
from infra.importing.columns import Kind

FIELDS = ("gross", "tare", "net")
_THOUSAND = 1_000  # between g, kg and t


def chief(kind: Kind, fields: Mapping[str, object]) -> str:
    """Of the fields there are the one that tells what was weighed; empty: none does."""
    return next((one for one in kind.weighs if one in fields), "")


def mixed_up(kind: Kind, grams: float) -> bool:
    """Whether it is what the kind weighs in another unit only."""
    low, high = kind.typical
    if low <= grams <= high:
        return False
    return low <= grams * _THOUSAND <= high or low <= grams / _THOUSAND <= high


def judge(kind: Kind, weights: Mapping[str, Weight]) -> None:
    """Unfit("unit-mixup" | "impossible-weight" | "tare-above-gross" | "net-mismatch")."""
    for field, one in weights.items():
        if one.grams > kind.most:
            reason = "unit-mixup" if mixed_up(kind, one.grams) else "impossible-weight"
            raise Unfit(reason, _told(field, one))
    # What is thrown in may weigh next to nothing; a bin or a vehicle may not.
    gross, tare, net = (weights.get(field) for field in FIELDS)
    if gross is not None and gross.grams < kind.typical[0] and mixed_up(kind, gross.grams):
        raise Unfit("unit-mixup", _told("gross", gross))
    if gross is not None and tare is not None and tare.grams > gross.grams:
        raise Unfit("tare-above-gross", f"{_told('tare', tare)}, {_told('gross', gross)}")
    if gross is not None and net is not None:
        coarse = max(one.step for one in weights.values())
        empty = tare.grams if tare is not None else 0
        over = net.grams - (gross.grams - empty)
        if over > coarse or (tare is not None and -over > coarse):
            every = ", ".join(_told(field, one) for field, one in weights.items())
            raise Unfit("net-mismatch", every)


def _told(field: str, weight: Weight) -> str:
    return naming(field, f"{weight.grams / 1000:.10g}", " kg")
