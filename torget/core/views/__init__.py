"""Pages that belong to no module: refused forms and the design system."""

from torget.core.views.errors import csrf_failure

__all__ = ["csrf_failure"]
