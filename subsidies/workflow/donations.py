"""The acts on donors and their pools; who reads them."""

from __future__ import annotations

from core.workflow import Step
from subsidies.rules.pools import GROUND
from villages.enums import AGENCY, FINANCE, READERS, Role

# The village for what it is given, the agency for gifts to any village of its county.
STEWARDS = frozenset({Role.CLERK, Role.OFFICER})
POOL_READERS = STEWARDS | AGENCY | READERS | FINANCE

REGISTER_DONOR = Step("subsidies.register_donor", "登记资助方", STEWARDS, ground=GROUND, unit="")
CHANGE_DONOR = Step("subsidies.change_donor", "更改资助方", STEWARDS, ground=GROUND, unit="")
OPEN_POOL = Step("subsidies.open_pool", "建立专款", STEWARDS, ground=GROUND, unit="")
RECEIVE_MONEY = Step("subsidies.receive_pool_money", "收到资助款", STEWARDS, ground=GROUND, unit="")
ATTACH = Step("subsidies.attach_pool_paper", "上传专款材料", STEWARDS, ground=GROUND, unit="")
RETURN_MONEY = Step("subsidies.return_pool_money", "退还资助人", STEWARDS, ground=GROUND, unit="")
