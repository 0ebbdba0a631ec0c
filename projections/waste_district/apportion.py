"""Grams shared out whole: what each gets adds up to what there was."""

from collections.abc import Sequence


def apportion(grams: int, weights: Sequence[int]) -> list[int]:
    """By largest remainder (Hare); of equal remainders the first. Weights are not below nothing;
    where all are nothing, they count alike."""
    total = sum(weights)
    if total == 0:
        weights, total = [1] * len(weights), len(weights)
    size, sign = abs(grams), (1 if grams >= 0 else -1)
    shares = [size * weight // total for weight in weights]
    left = size - sum(shares)
    if left:
        by_remainder = sorted(range(len(weights)), key=lambda at: -(size * weights[at] % total))
        for at in by_remainder[:left]:
            shares[at] += 1
    return [sign * share for share in shares] if sign < 0 else shares
