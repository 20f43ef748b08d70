"""What is known of a path of the provider, and of our other Tasks on it."""

from __future__ import annotations

from dataclasses import dataclass

from services.kling.provider import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCapabilities:
    """What one path of a provider can be asked; None: nothing was seen, or not of late."""

    external_id: bool | None = None
    """Whether an unfinished Task is found by our external_task_id."""
    list_call: bool | None = None
    """Whether the list call works and shows the account's Tasks."""

    @classmethod
    def of(cls, provider: Provider) -> ProviderCapabilities:
        """Return what is known beforehand: Kling's own pages document both ways."""
        return cls(external_id=True, list_call=True) if provider.is_official else cls()

    def completed_by(self, documented: ProviderCapabilities) -> ProviderCapabilities:
        """Return what was learned, and for the rest what is documented."""
        by_id, by_list = self.external_id, self.list_call
        return ProviderCapabilities(
            external_id=documented.external_id if by_id is None else by_id,
            list_call=documented.list_call if by_list is None else by_list,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTask:
    """A Task of ours on the same path that was not finished when we last heard of it."""

    task_id: str
    external_task_id: str
    sent_at: float
    """When its submission's last piece left, in Unix seconds."""
