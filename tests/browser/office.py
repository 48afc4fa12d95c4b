"""Six users at six browsers: what they press, what they must see, and what no page may do."""

import contextlib
import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, TimeoutError, sync_playwright

from tests.factories import PASSWORD

WIDTHS = {1280: 900, 390: 844}
SECONDS = 10
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def chromium():
    """The browser of the machine, None where there is none."""
    return shutil.which("chromium")


CALLED_FOR = [
    pytest.mark.browser,
    pytest.mark.launcher,
    pytest.mark.skipif(
        not chromium() and os.environ.get("CI") != "true", reason="no browser on this machine"
    ),
]


class Desk:
    """One user's browser."""

    def __init__(self, office: "Office", username: str) -> None:
        self.office = office
        context = office.browser.new_context(
            base_url=office.address, locale="zh-CN", viewport={"width": 1280, "height": WIDTHS[1280]}
        )
        context.set_default_timeout(SECONDS * 1000)
        self.page: Page = context.new_page()
        office.watch(self.page, username)
        self._log_in(username)

    def _log_in(self, username: str) -> None:
        self.go("/login/")
        self.page.fill("#id_username", username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("form.login-form [type=submit]")
        self.page.wait_for_url("**/")

    def go(self, path: str) -> None:
        """Open an address of the site."""
        self.page.goto(path)

    def on(self, day: str) -> None:
        """Work as of this day."""
        self.go("/working-date/")
        self.page.fill("input[name=on]", day)
        self.press("改用这个日期")

    def press(self, name: str, *, within: str = "body") -> None:
        """Press the one button or link of this name."""
        place = self.page.locator(within)
        exact = not name.endswith("…")
        words = name.removesuffix("…")
        button = place.get_by_role("button", name=words, exact=exact)
        link = place.get_by_role("link", name=words, exact=exact)
        button.or_(link).first.click()
        self.page.wait_for_load_state()

    def fill(self, **fields: str) -> None:
        """Type into the fields of these names; `-` of a name is written `__`."""
        for name, value in fields.items():
            field = self.page.locator(f"main [name='{name.replace('__', '-')}']:not([type=hidden])").first
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def tick(self, name: str = "confirmed", value: str = "") -> None:
        """Tick a box, or choose one of several."""
        selector = f"input[name='{name}']" + (f"[value='{value}']" if value else "")
        self.page.locator(selector).first.check()

    def attach(self, name: str, file_name: str, content: bytes) -> None:
        """Choose a file."""
        kind = "application/octet-stream"
        self.page.locator(f"input[type=file][name='{name}']").set_input_files(
            {"name": file_name, "mimeType": kind, "buffer": content}
        )

    def sees(self, *words: str) -> None:
        """Hold that the page says all of this."""
        for sentence in words:
            try:
                self.page.locator("body", has_text=sentence).wait_for(state="attached")
            except TimeoutError:
                raise AssertionError(
                    f"“{sentence}” is not on {self.page.url}: {self.shown('main')}"
                ) from None

    def misses(self, *words: str) -> None:
        """Hold that the page says none of this."""
        text = self.page.locator("body").inner_text()
        for sentence in words:
            assert sentence not in text, f"“{sentence}” is on {self.page.url}"

    @contextlib.contextmanager
    def paper(self, name: str):
        """Open the printed paper of this link, and come back."""
        here = self.page.url
        self.press(name)
        yield
        self.go(here)

    def shown(self, selector: str) -> str:
        """What one place of the page says, on one line."""
        return re.sub(r"\s+", " ", self.page.locator(selector).first.inner_text()).strip()

    def shot(self, name: str) -> None:
        """Keep a picture of the page at both widths, where pictures are asked for."""
        if not self.office.shots:
            return
        for width, height in WIDTHS.items():
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.evaluate("window.scrollTo(0, 0)")
            path = self.office.shots / f"{self.office.count:02}_{name}_{width}.png"
            self.page.screenshot(path=path, full_page=True)
        self.page.set_viewport_size({"width": 1280, "height": WIDTHS[1280]})
        self.office.count += 1


class Office:
    """The browsers of one test; everything that goes wrong in any of them is kept in `problems`."""

    def __init__(self, browser, address: str, shots: str = "") -> None:
        self.browser, self.address = browser, address
        self.shots = Path(shots) if shots else None
        self.count = 1
        self.problems: list[str] = []
        self._desks: dict[str, Desk] = {}

    def __call__(self, username: str, on: str = "") -> Desk:
        """Give this user's desk, logged in; `on` sets the working date."""
        if username not in self._desks:
            self._desks[username] = Desk(self, username)
        desk = self._desks[username]
        if on:
            desk.on(on)
        return desk

    def watch(self, page: Page, username: str) -> None:
        """Keep failed answers, errors of scripts, and requests that leave the site."""

        def say(problem: str) -> None:
            self.problems.append(f"{username} {page.url}: {problem}")

        def asked(request) -> None:
            if not request.url.startswith((self.address, "data:", "blob:")):
                say(f"asks {request.url}")

        def answered(response) -> None:
            if response.status >= 400:
                say(f"{response.status} {response.url}")

        def wrote(message) -> None:
            if message.type in {"error", "warning"}:
                say(f"console: {message.text}")

        page.on("request", asked)
        page.on("response", answered)
        page.on("console", wrote)
        page.on("pageerror", lambda error: say(f"script: {error}"))


@contextlib.contextmanager
def open_office(address: str, shots: str = ""):
    """The offices of a district, each with a browser of its own."""
    if shots:
        Path(shots).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--lang=zh-CN"])
        try:
            yield Office(browser, address, shots)
        finally:
            browser.close()
