"""In whose name the registry does what nobody has asked for."""

from services.kernel.actor import Actor

HOUSE = Actor(id="service:registry", name="登记服务", kind="service")
