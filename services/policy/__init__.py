"""Pure checks of requests: quotas, server rules, blocked words, links."""
