"""Where Jobs' pictures are kept: on this disk, or in a bucket that every process can reach."""

from services.vault.disk import DiskVault
from services.vault.face import IsOver, Vault
from services.vault.opening import bucket_of, refusal_of, vault_of

__all__ = ["DiskVault", "IsOver", "Vault", "bucket_of", "refusal_of", "vault_of"]
