"""Storage of images: a folder on this disk, or a bucket that every process can reach."""

from services.storage.base import ImageStorage, IsOver
from services.storage.deletion import delete_pictures, keep_deleting, retry_deletes
from services.storage.factory import describe_refusal, make_bucket_storage, open_storage
from services.storage.local import LocalStorage
from services.storage.retention import RetentionPolicy, run_retention
from services.storage.sources import SourceFolder, list_paths, source_path

__all__ = [
    "ImageStorage",
    "IsOver",
    "LocalStorage",
    "RetentionPolicy",
    "SourceFolder",
    "delete_pictures",
    "describe_refusal",
    "keep_deleting",
    "list_paths",
    "make_bucket_storage",
    "open_storage",
    "retry_deletes",
    "run_retention",
    "source_path",
]
