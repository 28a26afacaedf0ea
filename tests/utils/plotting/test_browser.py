"""The sliders of the notebooks, moved in a real browser. Opt-in, for it needs one:

COURSE_BROWSER=1 python -m pytest tests/lessons/test_browser.py, with Chromium and
chromedriver installed and `pip install selenium`.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

from tools.lesson.copies import Course

if not os.environ.get("COURSE_BROWSER"):
    pytest.skip("needs a browser: set COURSE_BROWSER=1", allow_module_level=True)

webdriver = pytest.importorskip("selenium.webdriver")
By = pytest.importorskip("selenium.webdriver.common.by").By
exceptions = pytest.importorskip("selenium.common.exceptions")
WebDriverException = exceptions.WebDriverException
Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
COURSE = Course()
TOKEN = "for-this-test-only"
WAIT = 120  # seconds


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Serves a folder with JupyterLab; gives its address and the folder."""
    folder = tmp_path_factory.mktemp("lab")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--notebook-dir={folder}"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    until(lambda: answers(f"{address}/api?token={TOKEN}"))
    yield address, folder
    server.terminate()
    server.wait()


def answers(address):
    with contextlib.suppress(OSError), urllib.request.urlopen(address):
        return True
    return False


@pytest.fixture
def browser():
    options = webdriver.ChromeOptions()
    for option in ("headless=new", "no-sandbox", "window-size=1200,1600"):
        options.add_argument(f"--{option}")
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


def until(found):
    """Waits for something to be found and returns it."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        result = found()
        if result:
            return result
        time.sleep(0.5)
    raise TimeoutError(f"not found within {WAIT} seconds")


def slider_cells(name):
    """The set-up, the imports and the first cell with sliders of a lesson."""
    notebook = nbformat.read(COURSE.notebook(name, "learner"), as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    first = next(cell for cell in code[2:] if "explore(" in cell.source)
    cells = [nbformat.v4.new_code_cell(c.source) for c in (*code[:2], first)]
    return nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)


def click(browser, kind, text):
    labels = f"//div[contains(@class, '{kind}')][normalize-space()='{text}']"

    def clicked():
        with contextlib.suppress(WebDriverException):  # while something lies above
            browser.find_element(By.XPATH, labels).click()
            return True

    until(clicked)


@pytest.mark.parametrize("prefix", ["02", "03"])
def test_a_moved_slider_changes_the_figure(lab, browser, prefix):
    address, folder = lab
    (name,) = [name for name in COURSE.names() if name.startswith(prefix)]
    nbformat.write(slider_cells(name), folder / f"{prefix}.ipynb")
    browser.get(f"{address}/lab/tree/{prefix}.ipynb?token={TOKEN}&reset")
    until(lambda: browser.find_elements(By.CSS_SELECTOR, ".jp-CodeCell"))
    click(browser, "lm-MenuBar-itemLabel", "Run")
    click(browser, "lm-Menu-itemLabel", "Run All Cells")

    def figure():
        images = browser.find_elements(By.CSS_SELECTOR, ".jp-OutputArea img")
        return images and images[-1].get_attribute("src")

    before = until(figure)
    handles = browser.find_elements(By.CSS_SELECTOR, ".noUi-handle")
    assert len(handles) >= 3
    handles[0].send_keys(Keys.ARROW_LEFT)
    assert until(lambda: figure() not in (before, None, []) and figure())
    folder_of_pictures = os.environ.get("COURSE_BROWSER_PICTURES")
    if folder_of_pictures:
        browser.save_screenshot(os.path.join(folder_of_pictures, f"{prefix}.png"))
