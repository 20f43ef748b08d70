"""Commands about the member's own account: /quota, /my-data, /about."""
