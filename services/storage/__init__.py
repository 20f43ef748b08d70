"""Where Jobs' pictures are kept: on this disk, or in a bucket that every process can reach."""

from services.storage.base import IsOver, Vault
from services.storage.deletion import delete_pictures, keep_deleting, retry_deletes
from services.storage.factory import bucket_of, refusal_of, vault_of
from services.storage.local import DiskVault

__all__ = [
    "DiskVault",
    "IsOver",
    "Vault",
    "bucket_of",
    "delete_pictures",
    "keep_deleting",
    "refusal_of",
    "retry_deletes",
    "vault_of",
]
