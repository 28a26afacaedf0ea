"""Pages escape what is put into them, and miss nothing."""

import pytest
from jinja2 import UndefinedError

from tools.lesson.html import page

TEMPLATE = """\
{% extends "page" %}
{% block body %}
<p>{{ said }}, {{ points | number }}</p>
{% endblock %}
"""


def test_what_is_put_into_a_page_is_escaped():
    text = page(TEMPLATE, "A & B", said="<script>alert(1)</script>", points=2.0)
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;, 2</p>" in text
    assert "<title>A &amp; B</title>" in text and "<h1>A &amp; B</h1>" in text


def test_page_without_a_fact_is_refused():
    with pytest.raises(UndefinedError, match="'said' is undefined"):
        page(TEMPLATE, "A", points=1)
