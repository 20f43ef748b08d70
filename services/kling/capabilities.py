"""Capabilities of one endpoint of a provider, and tasks of ours that serve to detect them."""

from __future__ import annotations

from dataclasses import dataclass

from services.kling.provider import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCapabilities:
    """How tasks can be found at one endpoint; None: it was not detected, or not recently."""

    external_id: bool | None = None
    """Whether an unfinished task is found by our external_task_id."""
    list_call: bool | None = None
    """Whether the list call works and shows the account's tasks."""

    @classmethod
    def from_provider(cls, provider: Provider) -> ProviderCapabilities:
        """Return what the provider documents: both for Kling's own hosts, else nothing."""
        return cls(external_id=True, list_call=True) if provider.is_official else cls()

    def completed_by(self, documented: ProviderCapabilities) -> ProviderCapabilities:
        """Return these capabilities, with those that are None taken from `documented`."""
        by_id, by_list = self.external_id, self.list_call
        return ProviderCapabilities(
            external_id=documented.external_id if by_id is None else by_id,
            list_call=documented.list_call if by_list is None else by_list,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTask:
    """A task of ours at the same endpoint as the submission that is looked up."""

    task_id: str
    external_task_id: str
    sent_at: float
    """When the last byte of its submission was sent, in Unix seconds."""
