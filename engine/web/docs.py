"""The page at /docs: the OpenAPI page for people, complete in itself: it loads nothing from elsewhere, runs nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}
code,pre{font:13px/1.4 ui-monospace,monospace}pre{background:#f4f4f2;padding:.7rem;overflow:auto;max-height:24rem}
summary{cursor:pointer;padding:.3rem 0}summary b{display:inline-block;width:3.5rem}h2{margin-top:2.5rem}
table{border-collapse:collapse}td,th{text-align:left;padding:.15rem .8rem .15rem 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}pre{background:#232323}a{color:#8bf}}
"""
Spec = Mapping[str, Any]


def page(spec: Spec) -> str:
    """Return the page."""
    info = spec["info"]
    parts = [
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['description'])}</p>",
        '<p>For programs: <a href="/openapi.json">/openapi.json</a></p>',
        *(part for tag in spec["tags"] for part in _tag(spec, tag["name"])),
        "<h2>Schemas</h2>",
        *(_folded(f'<code id="{escape(name)}">{escape(name)}</code>', _pre(schema))
          for name, schema in spec["components"]["schemas"].items()),
    ]  # fmt: skip
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(info["title"])}'
    return f'<!doctype html><html lang="en">{head}</title><style>{_STYLE}</style><body>{"".join(parts)}</body></html>'


def _tag(spec: Spec, tag: str) -> Iterator[str]:
    yield f"<h2>{escape(tag)}</h2>"
    for path, methods in spec["paths"].items():
        for method, call in methods.items():
            if tag in call["tags"]:
                head = f"<b>{method.upper()}</b> <code>{escape(path)}</code> {escape(call['summary'])}"
                yield _folded(head, "".join(_call(call)))


def _call(call: Spec) -> Iterator[str]:
    rows = [
        f"<tr><td><code>{escape(one['name'])}</code><td>{escape(one['in'])}<td>{escape(one['description'])}"
        f"<td><code>{escape(json.dumps(one['schema']))}</code>"
        for one in call["parameters"]
    ]
    if rows:
        yield f"<table>{''.join(rows)}</table>"
    if "requestBody" in call:
        content = call["requestBody"]["content"]["application/json"]
        yield f"<p>Body, for example</p>{_pre(content['example'])}"
        yield _folded("Its schema", _pre(content["schema"]))
    for status, answer in call["responses"].items():
        yield _folded(f"<b>{status}</b> {escape(answer['description'])}", "".join(_bodies(answer)))


def _bodies(answer: Spec) -> Iterator[str]:
    for content in answer["content"].values():
        yield _pre(content.get("example", content["schema"]))
        yield _pre(content["schema"])


def _folded(head: str, body: str) -> str:
    return f"<details><summary>{head}</summary>{body}</details>"


def _pre(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, indent=1, ensure_ascii=False))}</pre>"
