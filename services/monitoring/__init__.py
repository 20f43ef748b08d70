"""What operators are told: alerts, disk space, failing writes."""
