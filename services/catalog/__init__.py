"""Catalog of models, styles and the provider."""

from services.catalog.models import ENDPOINT_OF, UNIT_PRICE_USD, ModelRow, ModelTable
from services.catalog.provider import model_problems, models_of, provider_of
from services.catalog.styles import StyleTable, with_style

__all__ = [
    "ENDPOINT_OF",
    "UNIT_PRICE_USD",
    "ModelRow",
    "ModelTable",
    "StyleTable",
    "model_problems",
    "models_of",
    "provider_of",
    "with_style",
]
