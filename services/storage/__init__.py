"""Storage of images: a folder on this disk, or a bucket that every process can reach."""

from services.storage.base import ImageStorage, IsOver
from services.storage.deletion import delete_pictures, keep_deleting, retry_deletes
from services.storage.factory import bucket_of, open_storage, refusal_of
from services.storage.local import LocalStorage
from services.storage.retention import RetentionPolicy, run_retention
from services.storage.sources import SourceFolder, paths_of, source_path

__all__ = [
    "ImageStorage",
    "IsOver",
    "LocalStorage",
    "RetentionPolicy",
    "SourceFolder",
    "bucket_of",
    "delete_pictures",
    "keep_deleting",
    "open_storage",
    "paths_of",
    "refusal_of",
    "retry_deletes",
    "run_retention",
    "source_path",
]
