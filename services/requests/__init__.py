"""From a member's request to an accepted job."""
