"""Business logic of the bot: Kling client, job engine, quotas, images, settings, HTTP endpoints."""
