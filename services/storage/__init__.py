"""Where Jobs' pictures are kept: on this disk, or in a bucket that every process can reach."""

from services.storage.base import ImageStorage, IsOver
from services.storage.deletion import delete_pictures, keep_deleting, retry_deletes
from services.storage.factory import bucket_of, open_storage, refusal_of
from services.storage.local import LocalStorage

__all__ = [
    "ImageStorage",
    "IsOver",
    "LocalStorage",
    "bucket_of",
    "delete_pictures",
    "keep_deleting",
    "open_storage",
    "refusal_of",
    "retry_deletes",
]
