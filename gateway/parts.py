"""What the parts behind the door are called when a person is told that one does not answer."""

NAMES = {"registry": "登记服务", "training": "培训服务", "procurement": "政府购买服务", "coordination": "统筹服务"}
