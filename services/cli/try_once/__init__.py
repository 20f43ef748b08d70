"""`bot.py try`: one job in the terminal, without Discord."""
