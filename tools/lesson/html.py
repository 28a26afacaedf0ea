"""Pages of HTML, from templates that escape whatever is put into them."""

from jinja2 import DictLoader, Environment, StrictUndefined

PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46em; margin: 2em auto;
  padding: 0 1em; color: #222 }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .4em .6em;
  border-bottom: 1px solid #ddd }
td.number { text-align: right; white-space: nowrap }
.correct { color: #1b5e20 } .wrong, .failed, .stopped { color: #8e1b1b }
.problem { border-left: 4px solid #8e1b1b; padding-left: 1em }
pre { font-size: 13px; overflow-x: auto; padding-left: 1em }
blockquote { background: #f5f5f5; margin: .5em 0; padding: .5em 1em;
  white-space: pre-wrap }
{% block style %}{% endblock %}
</style></head><body>
<h1>{{ title }}</h1>
{% block body %}{% endblock %}
</body></html>
"""


def page(template, title, **facts):
    """Fills in a template, which extends "page" with a block `body`."""
    environment = Environment(
        loader=DictLoader({"page": PAGE, "this": template}),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["number"] = lambda value: f"{value:g}"
    return environment.get_template("this").render(title=title, **facts)
