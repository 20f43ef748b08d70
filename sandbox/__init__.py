"""A sandbox: a Kling and a Discord on this computer to run the bot against."""
