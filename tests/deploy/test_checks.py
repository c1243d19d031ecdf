"""The checks find what they are there to find, and nothing in what is allowed."""

from pathlib import Path

import pytest

from deploy.checks import MACHINE_PATH, REGISTRIES, REGISTRY, check_template


@pytest.mark.parametrize(
    "text",
    [
        "<script>go()</script>",
        '<script type="module">\n  go()\n</script>',
        '<p style="color: red">',
        "<style>p {}</style>",
        '<button onclick="go()">',
        '<button\n  hx-on:click="go()">',
        '<a href="javascript:go()">',
        """<a hx-vals='js:{"a": go()}'>""",
    ],
)
def test_script_and_style_in_a_template_are_found(text: str) -> None:
    assert list(check_template(Path("page.html"), text))


@pytest.mark.parametrize(
    "text",
    [
        '<script src="/static/htmx.js" defer></script>',
        '<link rel="stylesheet" href="/static/style.css">',
        "{{ table(rows, once=true) }}",
        '<form action="/on" class="style">地区 on = 日期</form>',
        '{% set note = "style=" %}<p>一段文字</p>',
    ],
)
def test_what_is_allowed_is_left_alone(text: str) -> None:
    assert not list(check_template(Path("page.html"), text))


def test_a_complaint_names_file_and_line() -> None:
    [complaint] = check_template(Path("page.html"), "{# two\nlines #}\n<p onclick=x>")

    assert complaint.startswith("page.html:3：")


def test_addresses_and_machine_paths_are_found() -> None:
    assert REGISTRY.search(f"https://files.{REGISTRIES[0]}/packages")
    assert MACHINE_PATH.search("open('/" + "work/main')")
    assert not MACHINE_PATH.search("https://example.test/work/12 social/work/")
