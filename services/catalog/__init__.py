"""Catalog: models and styles that users can choose, and the provider built from the settings."""

from services.catalog.models import ENDPOINT_OF, ENDPOINTS, UNIT_PRICE_USD, ModelRow, ModelTable
from services.catalog.provider import load_models, model_problems, provider_from_settings
from services.catalog.styles import StyleTable, with_style

__all__ = [
    "ENDPOINTS",
    "ENDPOINT_OF",
    "UNIT_PRICE_USD",
    "ModelRow",
    "ModelTable",
    "StyleTable",
    "load_models",
    "model_problems",
    "provider_from_settings",
    "with_style",
]
