"""What a plate can say (GA 36-2018), what a recogniser's figures say, and what several readings of
one vehicle say together. Computes only; a plate is personal, so nothing here is kept or told."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Figures = NDArray[np.float32]  # step × sign, 0..1; sign 0 is none
else:
    Figures = Any

_PROVINCE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
_LETTER, _SIGN = "[A-HJ-NP-Z]", "[A-HJ-NP-Z0-9]"
_FORMS = re.compile(
    f"{_PROVINCE}{_LETTER}{_SIGN}{{4}}[A-HJ-NP-Z0-9挂学警港澳领]"
    f"|{_PROVINCE}{_LETTER}[A-HJK]{_SIGN}[0-9]{{4}}"  # new energy, small
    f"|{_PROVINCE}{_LETTER}[0-9]{{5}}[A-HJK]"  # new energy, large
    f"|使[0-9]{{6}}"
)
AGREE = 3  # readings that say the same
_SHARE = 0.6  # of all that were one


def valid(text: str) -> bool:
    return _FORMS.fullmatch(text) is not None


def spelled(figures: Figures, signs: Sequence[str]) -> tuple[str, float]:
    """The text a CTC head's figures stand for, and the mean of how sure it was of each sign."""
    best = figures.argmax(axis=1).tolist()
    text, sure, before = "", [], 0
    for step, sign in enumerate(best):
        if sign and sign != before and sign <= len(signs):
            text += signs[sign - 1]
            sure.append(float(figures[step, sign]))
        before = sign
    return text, (sum(sure) / len(sure) if sure else 0.0)


class Vote:
    """Readings of one vehicle; as many as it is given."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()
        self._sure: dict[str, float] = defaultdict(float)

    def add(self, text: str, sure: float) -> None:
        if valid(text):
            self._times[text] += 1
            self._sure[text] += sure

    def result(self, agree: int = AGREE) -> tuple[str, float] | None:
        """The plate and how sure its readings were on the mean; None while they differ."""
        if not self._times:
            return None
        text, times = self._times.most_common(1)[0]
        if times < agree or times < _SHARE * self._times.total():
            return None
        return text, self._sure[text] / times
