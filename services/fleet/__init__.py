"""Several processes on one database: membership, claims, a shared clock."""
