"""Who has which role, gathered from whatever tells it."""

from __future__ import annotations

from dataclasses import dataclass, field

from gatepass.checks._duties_rule import WEAKEST_FIRST, Role
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.build import Assurance

SOMEBODY = Person("", kind=PersonKind.GHOST)
VARIABLES = "the variables of the run"
_OF_ONE_THING = (
    (Role.AUTHOR, Role.COMMITTER, Role.LAST_PUSHER, Role.APPROVER),
    (Role.OVERRIDE_REQUESTER, Role.OVERRIDE_APPROVER),
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has a role; ``source`` tells it.

    ``about`` is which of several change requests or overrides it is of: of two of one kind the people may be
    the same. Empty where it is of the build as a whole.
    """

    role: Role
    person: Person
    source: str
    assurance: Assurance
    about: str = ""

    @property
    def name(self) -> str:
        """What to call them."""
        if self.person.kind is PersonKind.GHOST and self.person.login:
            return "a deleted account"
        return self.person.login or self.person.email or self.person.name or "somebody"

    @property
    def identity(self) -> str:
        """What stays the same from run to run."""
        return self.person.id or (self.person.login or self.person.email or "").casefold()

    @property
    def words(self) -> str:
        """One line for people."""
        of = f" of {self.about}" if self.about else ""
        return f"{self.role}{of}: {self.name}, by {self.source} ({self.assurance})"

    def meets(self, other: Holder) -> bool:
        """Whether the two roles are of one thing, so that they must be of two people."""
        alike = any(self.role in roles and other.role in roles for roles in _OF_ONE_THING)
        return not (alike and self.about and other.about and self.about != other.about)


@dataclass(slots=True)
class Holders:
    """Who has which role, and how well it is known that these are all who have it.

    A role that is not in ``told`` may be anybody's; ``why`` says what is wrong with what should have told it.
    """

    found: dict[Holder, None] = field(default_factory=dict)
    told: dict[Role, Assurance] = field(default_factory=dict)
    why: dict[Role, str] = field(default_factory=dict)

    def add(self, holder: Holder) -> None:
        """Somebody has a role."""
        self.found[holder] = None

    def tell(self, role: Role, assurance: Assurance) -> None:
        """A source names all who have a role, or that nobody has; of several sources the best counts."""
        self.told[role] = max(assurance, self.told.get(role, assurance), key=WEAKEST_FIRST.index)

    def complain(self, role: Role, why: str) -> None:
        """What should have told of a role does not."""
        self.why.setdefault(role, why)

    def of(self, role: Role) -> list[Holder]:
        """Everybody who has a role, in the order of their names."""
        found = (each for each in self.found if each.role is role)
        return sorted(found, key=lambda each: (each.name.casefold(), each.identity, each.source, each.about))


def of_login(login: str, number: str | None = None) -> Person:
    """Whoever is called so, by a login or an address; all that tells a bot is the name."""
    kind = PersonKind.BOT if login.casefold().endswith("[bot]") else PersonKind.USER
    return Person(login, id=number, kind=kind, email=login if "@" in login else None)
