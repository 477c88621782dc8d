"""What a report says of itself that it is about: a project at a server, and which branch or change of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """One project, by the report's own words; what it does not say is None.

    ``project`` is what people call it: SonarQube's key, Snyk's name. ``id`` is the server's own, which nobody
    can choose: Snyk's, and at SonarQube the key once more, because there is but one project of a key.
    ``organization`` is the id of Snyk's organisation. ``branch`` is a branch, or Snyk's target reference;
    ``change_request`` the number of a pull or merge request.
    """

    project: str | None = None
    id: str | None = None
    organization: str | None = None
    branch: str | None = None
    change_request: str | None = None

    def __str__(self) -> str:
        called = self.project or self.id or "a project without a name"
        return f"{called} ({self.id})" if self.id and self.id != called else called
