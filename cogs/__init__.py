"""Discord side of the bot: commands, texts, messages and posting.

Business rules are in `services`.
"""
