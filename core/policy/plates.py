"""Licence plates of GA 36-2018 (and of the army, GA 36's sister lists) in one written form.

`normal` is how a plate is compared everywhere: upper case, no separators, no full-width characters.
`kind` says what it is, or nothing where it is none: a camera's misreading is told by its form.
"""

import re
import unicodedata

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
# Army and armed police: first characters of the military regions' plates in use since 2012.
_MILITARY = "VKHBSLJNGCZE"
_SEPARATORS = re.compile(r"[\s\-·•・.:]+")
_LETTER = "[A-HJ-NP-Z]"  # no I and no O, which are read as 1 and 0
_SERIAL = "[A-HJ-NP-Z0-9]"
# Of five places at most two are letters (GA 36-2018, 5.1).
_FORMS: tuple[tuple[str, str], ...] = (
    ("new-energy-small", f"[{PROVINCES}]{_LETTER}[A-HJK]{_SERIAL}[0-9]{{4}}"),
    ("new-energy-large", f"[{PROVINCES}]{_LETTER}[0-9]{{5}}[A-HJK]"),
    ("trainer", f"[{PROVINCES}]{_LETTER}{_SERIAL}{{4}}学"),
    ("police", f"[{PROVINCES}]{_LETTER}{_SERIAL}{{4}}警"),
    ("trailer", f"[{PROVINCES}]{_LETTER}{_SERIAL}{{4}}挂"),
    ("hong-kong", f"粤Z{_SERIAL}{{4}}港"),
    ("macao", f"粤Z{_SERIAL}{{4}}澳"),
    ("consulate", f"[{PROVINCES}]{_LETTER}{_SERIAL}{{4}}领"),
    ("consulate", f"[{PROVINCES}]{_LETTER}?[0-9]{{5}}领"),
    ("embassy", "[0-9]{6}使|使[0-9]{6}"),
    ("emergency", f"[{PROVINCES}]{_LETTER}?[XS][0-9]{{4}}应急"),
    ("civil", f"[{PROVINCES}]{_LETTER}{_SERIAL}{{5}}"),
    ("armed-police", f"WJ[{PROVINCES}]?[0-9]{{4}}[0-9A-Z]"),
    ("military", f"[{_MILITARY}]{_LETTER}[0-9]{{5}}"),
)
_KINDS = tuple((name, re.compile(form)) for name, form in _FORMS)


def normal(plate: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", plate)).upper()


def kind(plate: str) -> str:
    """What sort of plate it is, of `normal` or any other writing; empty: it is none."""
    plain = normal(plate)
    for name, form in _KINDS:
        if form.fullmatch(plain):
            if name == "civil" and sum(c.isalpha() for c in plain[2:]) > 2:
                return ""
            return name
    return ""
