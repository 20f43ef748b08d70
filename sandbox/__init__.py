"""The outside world on this computer: a Kling and a Discord to run the bot against."""
