"""What users of any region press to take a village through its year; what a region says of it stands in its test."""

import re
from dataclasses import dataclass
from datetime import date

from tests.browser.office import PDF, Desk, Office
from tests.factories import id_number
from tests.sheets import xlsx

JOB_MS = 60_000


def people(names: tuple[str, ...], *, county: str) -> tuple[tuple[str, str], ...]:
    """Names with numbers of that county, the same every time."""
    births = [date(1971 + n, 3, 8) for n in range(len(names))]
    numbers = [id_number(birth, male=n % 2 == 0, sequence=n, county=county) for n, birth in enumerate(births)]
    return tuple(zip(names, numbers, strict=True))


@dataclass(frozen=True)
class Place:
    """A village and the accounts that work for it."""

    village: str
    clerk: str
    officer: str
    reviewer: str
    tax: str
    people: tuple[tuple[str, str], ...]

    @property
    def names(self) -> list[str]:
        return [name for name, _number in self.people]


def bring_in_members(office: Office, place: Place, *, on: str) -> None:
    """The clerk's member list."""
    clerk = office(place.clerk, on=on)
    rows = [("姓名", "身份证号码", "组别"), *((name, number, "1组") for name, number in place.people)]
    clerk.go("/members/")
    clerk.press("导入成员名单")
    clerk.attach("file", f"{place.village}成员名单.xlsx", xlsx(rows))
    clerk.press("上传并核对")
    clerk.press(f"确认导入{len(place.people)}行")
    clerk.sees(f"写入{len(place.people)}行")


def bring_in_payments(office: Office, place: Place, rows: list[tuple[object, ...]], *, on: str) -> None:
    """The agency's sheet of what members paid: name, number, year, yuan, day, kind."""
    officer = office(place.officer, on=on)
    heads = ("姓名", "身份证号", "缴费年度", "个人缴费", "缴费日期", "种类")
    officer.go("/imports/new/contributions/")
    officer.attach("file", "个人缴费.xlsx", xlsx([heads, *rows]))
    officer.press("上传并核对")
    officer.press(f"确认导入{len(rows)}行")
    officer.sees(f"写入{len(rows)}行")


def begin_plan(clerk: Desk, *, year: int) -> None:
    """An empty draft."""
    clerk.go("/plans/")
    clerk.press("拟定方案")
    clerk.fill(year=str(year), kind="regular")
    clerk.tick("basis", "blank")
    clerk.press("开始拟定")


def fill_plan(clerk: Desk, *, yuan: int, income: int, source: int) -> None:
    """Source and income, whom, a flat amount; what follows is the decision."""
    clerk.fill(source__0__source_type="distributable_income", source__0__amount=str(source))
    clerk.fill(operating_income=str(2 * income), reserve=str(income), disposable=str(income))
    clerk.press("保存，去填补助对象")
    clerk.press("保存，去填补助标准")
    clerk.fill(row__0__given=str(yuan))
    clerk.press("保存，去填补助流程")
    clerk.press("保存，去填民主决策")


def decide(clerk: Desk, *, on: str, **fields: str) -> None:
    """The record of the meeting."""
    clerk.fill(
        met_on=on, place="村委会会议室", chair="张书记", recorder="村文书", called_count="40", attended_count="36",
        agreed_count="34", against_count="2", abstained_count="0", resolution="同意本年度集体补助方案。", **fields,
    )  # fmt: skip
    clerk.press("保存决策记录")


def put_in_force(clerk: Desk) -> None:
    """The last look and the tick."""
    clerk.press("核对后生效")
    clerk.tick()
    clerk.press("让方案生效…")
    clerk.sees("已生效")


def upload(clerk: Desk, kind: str, *seals: str) -> None:
    """A paper of the application with the seals on it."""
    clerk.page.locator("details.band-fold > summary").click()
    clerk.fill(kind=kind)
    clerk.attach("paper", f"{kind}.pdf", PDF)
    for seal in seals:
        clerk.tick("seals", seal)
    clerk.press("上传", within=".band-fold")


def hand_in(clerk: Desk) -> None:
    """Looked through, declared true, submitted."""
    clerk.press("核对后提交")
    clerk.tick()
    clerk.press("提交…", within="main")
    clerk.sees("待核实")


def post(officer: Desk, button: str) -> None:
    """Confirm a posting and wait until the worker has done it."""
    officer.shot("posting_confirm")
    officer.tick()
    officer.press(button)
    officer.page.wait_for_url(re.compile("/jobs/"))
    officer.shot("job")
    officer.page.get_by_role("heading", name="记账结果").wait_for(timeout=JOB_MS)


def record_payment(tax: Desk, *, voucher: str, on: str) -> None:
    """The tax officer ticks everybody who is still open, with one voucher."""
    tax.page.locator("[data-select-all]").check()
    tax.fill(voucher=voucher, paid_on=on)
    tax.press("登记所选…")
