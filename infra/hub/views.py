"""The views this product has. A new view = one folder under projections/ + one line here."""

from projections.safe_community.view import SAFE_COMMUNITY
from projections.view import View
from projections.waste_district.view import WASTE_DISTRICT
from projections.waste_sorting.view import WASTE_SORTING

VIEWS: tuple[View, ...] = (SAFE_COMMUNITY, WASTE_SORTING, WASTE_DISTRICT)
