"""Which tabs of the page a model has a use for."""

from __future__ import annotations

from collections.abc import Mapping

from space.choices import has_styles
from space.comparison import rivals
from space.domains import has_found_domains
from space.style_space import has_style_space


def tabs_for(own: Mapping[str, str], model: str, target: str) -> list[str]:
    """The names of the tabs, in their order, for a model and a target; `own` as in `rivals`."""
    uses = {
        "translate": True,
        "styles": has_style_space(model),
        "matrix": has_styles(model),
        "domains": has_found_domains(model),
        "compare": bool(rivals(own, model, target)),
    }
    return [name for name, used in uses.items() if used]
