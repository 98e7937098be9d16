"""The city as the submission service tells it: wards, templates, and what is not reported yet."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.period import Period
from deploy.demo import periods
from deploy.demo.api import Api
from deploy.demo.people import Person
from deploy.demo.scene import Ward
from deploy.demo.sheet import Json


@dataclass(frozen=True, slots=True)
class City:
    """What a demo month is played in."""

    wards: list[Ward]
    """All that owe reports, in Vietnamese order."""
    templates: Mapping[str, Json]
    periods: Mapping[str, Period]
    """The period of each template that is played."""

    @property
    def left_out(self) -> list[str]:
        """Templates of which every open period has reports already."""
        return [code for code in periods.FIRST if code not in self.periods]

    @property
    def kinds(self) -> dict[str, str]:
        """Of which kind each ward is."""
        return {ward.code: ward.kind for ward in self.wards}

    def some_wards(self, count: int) -> list[Ward]:
        """So many wards, of all kinds and from everywhere."""
        return [self.wards[number * len(self.wards) // count] for number in range(count)]


async def read(api: Api, who: Person) -> City:
    """Ask for all of it."""

    async def ask(where: str) -> Json:
        answer: Json = (await api.ask(who, "GET", f"submission/v1/{where}")).body
        return answer

    async def is_used(template: str, period: Period) -> bool:
        found = await ask(f"reports?template={template}&period={period.code}&limit=1")
        return bool(found["items"])

    codes = [summary["code"] for summary in (await ask("templates"))["items"]]
    templates = {code: await ask(f"templates/{code}") for code in codes}
    wards = (await ask("wards"))["items"]
    return City(
        [Ward(ward["code"], ward["name"], ward["kind"]) for ward in wards],
        templates,
        await periods.unused(templates, is_used),
    )
