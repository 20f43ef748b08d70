"""What the bot does: Kling client, job engine, quotas, pictures, settings, HTTP endpoints."""
