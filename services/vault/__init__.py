"""Where Jobs' pictures are kept: on this disk, or in a bucket that every process can reach."""

from services.vault.deleting import delete_pictures, keep_deleting, retry_deletes
from services.vault.disk import DiskVault
from services.vault.face import IsOver, Vault
from services.vault.opening import bucket_of, refusal_of, vault_of

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
