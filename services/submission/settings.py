"""What submission reads from its environment."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing beyond what every service needs."""

    port: int = 8001
    public_url: str = "http://127.0.0.1:8001"
