"""Who acts in the demo, and the tokens they show. Nobody of them exists."""

from dataclasses import dataclass

from deploy.local.issuer import Issuer


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with a token for a day."""

    subject: str
    token: str


class People:
    """Everyone who acts, named after what they are."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._officers: dict[str, Person] = {}
        self.reviewer = self._person("reviewer")
        self.leader = self._person("department_leader")

    def officer(self, ward: str) -> Person:
        """The officer of a ward, always the same one."""
        if ward not in self._officers:
            self._officers[ward] = self._person("ward_officer", ward)
        return self._officers[ward]

    def _person(self, role: str, *wards: str) -> Person:
        subject = "-".join(("demo", role, *wards))
        return Person(subject, self._issuer.sign(role, wards, subject))
